/** What an unreliable dependency did, in the order of its calls. */
type Outcome = "ok" | "error" | "hang";

/** Fails and hangs, always at the same calls; and whenever it is down. */
export class FlakyExchange {
  calls = 0;
  isDown = false;

  /** @throws {Error} in three of ten calls, and in each while it is down. */
  async rateOf(currency: string, signal: AbortSignal): Promise<number> {
    const outcome = this.#outcomeOf(this.calls++);
    if (outcome === "hang") await hang(signal);
    if (outcome === "error") throw new Error(`the exchange does not know ${currency} now`);
    return 1.1;
  }

  #outcomeOf(call: number): Outcome {
    if (this.isDown) return "error";
    if (call % 10 === 3) return "hang";
    return call % 10 === 6 || call % 10 === 7 ? "error" : "ok";
  }
}

/** Never answers; ends after a while, or as soon as nobody waits any more. */
function hang(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("the connection was lost")), 200);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

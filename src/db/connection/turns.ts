import { ConnectionError } from "../errors.ts";

interface Waiting {
  readonly proceed: () => void;
  readonly timer: NodeJS.Timeout;
}

/** Lets one user at a time have something, in the order in which they came, none waiting longer than a limit. */
export class Turns {
  private readonly limitMs: number;
  private readonly refusal: string;
  private readonly line = new Set<Waiting>();
  private taken = false;

  /** @param refusal - What is said to somebody who waited `limitMs` in vain. */
  constructor(limitMs: number, refusal: string) {
    this.limitMs = limitMs;
    this.refusal = refusal;
  }

  /** Takes the turn if nobody has it. */
  tryTake(): boolean {
    if (this.taken) return false;
    this.taken = true;
    return true;
  }

  /** @throws {ConnectionError} when the turn did not come in time. */
  async take(): Promise<void> {
    if (this.tryTake()) return;
    await new Promise<void>((resolve, reject) => {
      const waiting: Waiting = {
        proceed: resolve,
        timer: setTimeout(() => {
          this.line.delete(waiting);
          reject(new ConnectionError(this.refusal));
        }, this.limitMs),
      };
      this.line.add(waiting);
    });
  }

  /** Passes the turn on to the next who waits. */
  give(): void {
    const [next] = this.line;
    if (next === undefined) {
      this.taken = false;
      return;
    }
    this.line.delete(next);
    clearTimeout(next.timer);
    next.proceed();
  }
}

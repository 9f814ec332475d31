import type { Clock } from "../core/clock.ts";

/** How long a call may go on: until its caller aborts it, or its time is up. */
export class CallScope {
  private readonly controller = new AbortController();
  private readonly outer: AbortSignal | undefined;
  private cancelTimer: (() => void) | undefined;

  /** @param outer - Ends the call with its own reason. */
  constructor(outer: AbortSignal | undefined) {
    this.outer = outer;
    if (outer?.aborted) this.abort();
    else outer?.addEventListener("abort", this.abort);
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Ends the call after `limitMs`. */
  limit(clock: Clock, limitMs: number, reason: () => unknown): void {
    this.cancelTimer = clock.schedule(limitMs, () => this.controller.abort(reason()));
  }

  /** Takes the limit back. */
  unlimit(): void {
    this.cancelTimer?.();
  }

  /** Settles as `pending` does, or rejects with the reason when the call is ended: not everybody heeds a signal. */
  race<T>(pending: Promise<T>): Promise<T> {
    const { signal } = this;
    return new Promise((resolve, reject) => {
      const abort = () => reject(signal.reason);
      if (signal.aborted) abort();
      signal.addEventListener("abort", abort);
      pending.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
    });
  }

  /** Lets go of the timer and of the caller's signal: the call has ended by itself. */
  end(): void {
    this.unlimit();
    this.outer?.removeEventListener("abort", this.abort);
  }

  private readonly abort = () => this.controller.abort(this.outer?.reason);
}

import type { Timers } from "./settings.ts";

/** How long a call may go on: until its caller aborts it, or its time is up. */
export class CallScope {
  readonly signal: AbortSignal;
  /** Lets go of the time limit, if there is one. */
  readonly unlimit: () => void;
  /** Lets go of the time limit and of the caller's signal: the call has ended by itself. */
  readonly end: () => void;
  private stop: ((reason: unknown) => void) | undefined;

  /**
   * @param outer - Ends the call with its own reason.
   * @param limitMs - Ends the call with what `overtime` makes.
   */
  constructor(
    outer: AbortSignal | undefined,
    timers: Timers,
    limitMs: number | undefined,
    overtime: () => unknown,
  ) {
    const controller = new AbortController();
    const abort = (reason: unknown) => {
      controller.abort(reason);
      this.stop?.(reason);
    };
    const follow = () => abort(outer?.reason);
    this.signal = controller.signal;
    this.unlimit = limitMs === undefined ? () => {} : timers.schedule(limitMs, () => abort(overtime()));
    this.end = () => {
      this.unlimit();
      outer?.removeEventListener("abort", follow);
    };
    outer?.addEventListener("abort", follow);
    if (outer?.aborted) follow();
  }

  /** Settles as `pending` does, or rejects with the reason when the call is ended: not everybody heeds a signal. */
  race<T>(pending: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.stop = reject;
      if (this.signal.aborted) reject(this.signal.reason);
      pending.then(resolve, reject);
    });
  }
}

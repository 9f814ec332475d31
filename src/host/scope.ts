import type { Clock } from "../core/clock.ts";

/**
 * How long something may go on: until it is aborted, by its caller, by a time limit or by the scope that it is part
 * of. An `AbortSignal` is made only for those who ask for one, because it costs more than a dispatch.
 */
export class Scope {
  /** When time is up, by the host's clock; undefined without a limit. */
  deadline: number | undefined = undefined;
  #aborted = false;
  #reason: unknown = undefined;
  #controller: AbortController | undefined = undefined;
  readonly #listeners = new Set<(reason: unknown) => void>();
  readonly #ties: (() => void)[] = [];

  get aborted(): boolean {
    return this.#aborted;
  }

  get reason(): unknown {
    return this.#reason;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#aborted) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  abort(reason: unknown): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#reason = reason;
    this.end();
    for (const listener of this.#listeners) listener(reason);
    this.#listeners.clear();
    this.#controller?.abort(reason);
  }

  /** Calls `listener` when the scope is aborted, at once if it was; the returned function takes it back. */
  onAbort(listener: (reason: unknown) => void): () => void {
    if (this.#aborted) {
      listener(this.#reason);
      return () => {};
    }
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ends with `outer`, and has no more time than it. */
  within(outer: Scope): this {
    this.deadline = outer.deadline;
    this.#ties.push(outer.onAbort((reason) => this.abort(reason)));
    return this;
  }

  follow(signal: AbortSignal): this {
    if (signal.aborted) {
      this.abort(signal.reason);
      return this;
    }
    const abort = () => this.abort(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    this.#ties.push(() => signal.removeEventListener("abort", abort));
    return this;
  }

  /** Aborts after `limitMs` with what `reason` makes; a limit beyond the deadline changes nothing. */
  limit(clock: Clock, limitMs: number, reason: () => unknown): this {
    const deadline = clock.now() + limitMs;
    if (this.deadline !== undefined && this.deadline <= deadline) return this;
    this.deadline = deadline;
    this.#ties.push(clock.schedule(limitMs, () => this.abort(reason())));
    return this;
  }

  /** Lets go of timers and listeners: what the scope was for has ended. */
  end(): void {
    for (const untie of this.#ties) untie();
    this.#ties.length = 0;
  }

  /** Settles as `pending` does, unless the scope is aborted first: then it rejects with the reason. */
  race(pending: PromiseLike<unknown>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const forget = this.onAbort(reject);
      pending.then(
        (value) => {
          forget();
          resolve(value);
        },
        (error) => {
          forget();
          reject(error);
        },
      );
    });
  }
}

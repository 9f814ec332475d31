import type { CancelTimer, Clock } from "./clock.ts";
import type { Deadlines, Timed } from "./deadlines.ts";

/** Says why the time of something was up. */
export interface Overtime {
  timeoutError(limitMs: number): unknown;
}

/**
 * How long something may go on: until it is aborted, by its caller, by a time limit or by the scope that it is part
 * of. An `AbortSignal` is made only for those who ask for one, because it costs more than a dispatch; scopes within a
 * scope are a list threaded through them for the same reason.
 */
export class Scope implements Timed {
  /** When time is up, by the host's clock; undefined without a limit. */
  deadline: number | undefined = undefined;
  aborted = false;
  reason: unknown = undefined;
  dueAt = 0;
  earlier: Timed | undefined = undefined;
  later: Timed | undefined = undefined;
  /** Called with the reason when the scope is aborted: the one listener of who has made the scope. */
  aborting: ((reason: unknown) => void) | undefined = undefined;
  private outer: Scope | undefined = undefined;
  private firstInner: Scope | undefined = undefined;
  private previousInner: Scope | undefined = undefined;
  private nextInner: Scope | undefined = undefined;
  private controller: AbortController | undefined = undefined;
  private listeners: Set<(reason: unknown) => void> | undefined = undefined;
  private untie: (() => void) | undefined = undefined;
  private held = false;
  private deadlines: Deadlines | undefined = undefined;
  private overtime: Overtime | undefined = undefined;

  /** @param outer - Ends this one with itself, and has no less time. */
  constructor(outer?: Scope) {
    if (outer !== undefined) this.enter(outer);
  }

  /** Becomes part of `outer`, of which it was none yet. */
  enter(outer: Scope): void {
    if (this.aborted) return;
    this.outer = outer;
    this.deadline ??= outer.deadline;
    if (outer.aborted) {
      this.abort(outer.reason);
      return;
    }
    const first = outer.firstInner;
    if (first !== undefined) {
      this.nextInner = first;
      first.previousInner = this;
    }
    outer.firstInner = this;
  }

  get signal(): AbortSignal {
    if (this.controller === undefined) {
      this.controller = new AbortController();
      if (this.aborted) this.controller.abort(this.reason);
    }
    return this.controller.signal;
  }

  abort(reason: unknown): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    this.end();
    for (let inner = this.firstInner; inner !== undefined; inner = this.firstInner) inner.abort(reason);
    this.aborting?.(reason);
    if (this.listeners !== undefined) for (const listener of this.listeners) listener(reason);
    this.listeners = undefined;
    this.controller?.abort(reason);
  }

  /** Calls `listener` when the scope is aborted, at once if it was; the returned function takes it back. */
  onAbort(listener: (reason: unknown) => void): () => void {
    if (this.aborted) {
      listener(this.reason);
      return () => {};
    }
    this.listeners ??= new Set();
    this.listeners.add(listener);
    return () => this.listeners?.delete(listener);
  }

  /** Ends when `signal` aborts. */
  follow(signal: AbortSignal): this {
    if (signal.aborted) {
      this.abort(signal.reason);
      return this;
    }
    const abort = () => this.abort(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    this.alsoUntie(() => signal.removeEventListener("abort", abort));
    return this;
  }

  /** Ends with `reason` after `limitMs`; a limit beyond the deadline changes nothing. */
  limit(clock: Clock, limitMs: number, reason: () => unknown): this {
    const deadline = clock.now() + limitMs;
    if (this.deadline !== undefined && this.deadline <= deadline) return this;
    this.deadline = deadline;
    this.alsoUntie(clock.schedule(limitMs, () => this.abort(reason())));
    return this;
  }

  /** As `limit`, for one of the many with the same limit. */
  limitBy(deadlines: Deadlines, now: number, overtime: Overtime): this {
    const deadline = now + deadlines.limitMs;
    if (this.aborted || (this.deadline !== undefined && this.deadline <= deadline)) return this;
    this.deadline = deadline;
    this.deadlines = deadlines;
    this.overtime = overtime;
    deadlines.add(this, now);
    return this;
  }

  expire(): void {
    const { deadlines, overtime } = this;
    this.abort(overtime?.timeoutError(deadlines?.limitMs as number));
  }

  /** Lets go of the time limit alone: what it was for is in time, and goes on. */
  unlimit(): void {
    this.deadlines?.remove(this);
    this.deadlines = undefined;
    this.deadline = this.outer?.deadline;
  }

  /** Has `end` wait for `release`: what the scope is for goes on after its dispatch has answered. */
  hold(): this {
    this.held = true;
    return this;
  }

  release(): void {
    this.held = false;
    this.end();
  }

  /** Lets go of timers, listeners and the outer scope: what the scope was for has ended. */
  end(): void {
    if (this.held && !this.aborted) return;
    if (this.deadlines !== undefined) {
      this.deadlines.remove(this);
      this.deadlines = undefined;
    }
    if (this.untie !== undefined) {
      this.untie();
      this.untie = undefined;
    }
    this.leaveOuter();
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

  private leaveOuter(): void {
    const { outer, previousInner, nextInner } = this;
    if (outer === undefined) return;
    if (previousInner !== undefined) previousInner.nextInner = nextInner;
    else if (outer.firstInner === this) outer.firstInner = nextInner;
    if (nextInner !== undefined) nextInner.previousInner = previousInner;
    this.previousInner = undefined;
    this.nextInner = undefined;
  }

  private alsoUntie(untie: CancelTimer | (() => void)): void {
    const before = this.untie;
    this.untie =
      before === undefined
        ? untie
        : () => {
            before();
            untie();
          };
  }
}

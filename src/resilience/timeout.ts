import { aClock, checkOptions, positiveMs } from "../core/check-options.ts";
import { type Clock, systemClock } from "../core/clock.ts";
import { Deadlines, type Timed } from "../core/deadlines.ts";
import { EventTimeoutError } from "../core/errors.ts";
import { isPending } from "../core/pipeline.ts";
import type { PolicyObject, TimeoutOptions } from "../core/policies.ts";
import { type Call, Policy } from "./policy.ts";

const TIMEOUT_CHECKS = { timeoutMs: positiveMs, clock: aClock };

/** A call under a time limit, as its function sees it: its signal aborts when time is up. */
class TimedCall implements Call, Timed {
  readonly event: Call["event"];
  dueAt = 0;
  earlier: Timed | undefined = undefined;
  later: Timed | undefined = undefined;
  private readonly deadlines: Deadlines;
  private controller: AbortController | undefined = undefined;
  private reject: ((reason: unknown) => void) | undefined = undefined;
  private unfollow: (() => void) | undefined = undefined;

  constructor(event: Call["event"], deadlines: Deadlines) {
    this.event = event;
    this.deadlines = deadlines;
  }

  get signal(): AbortSignal {
    this.controller ??= new AbortController();
    return this.controller.signal;
  }

  expire(): void {
    this.abort(new EventTimeoutError(this.event, this.deadlines.limitMs));
  }

  /** Ends when the caller's signal does. */
  follow(signal: AbortSignal): void {
    const abort = () => this.abort(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    this.unfollow = () => signal.removeEventListener("abort", abort);
  }

  /** Settles as `pending` does, unless time is up first. */
  race<T>(pending: PromiseLike<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.reject = reject;
      pending.then(
        (value) => {
          this.end();
          resolve(value);
        },
        (error) => {
          this.end();
          reject(error);
        },
      );
    });
  }

  end(): void {
    this.deadlines.remove(this);
    if (this.unfollow !== undefined) this.unfollow();
  }

  private abort(reason: unknown): void {
    this.end();
    this.controller?.abort(reason);
    this.reject?.(reason);
  }
}

/**
 * Gives each call a time limit. The call's own `signal` aborts when it has passed: whoever ignores it goes on unseen.
 *
 * @example
 * const timeout = new Timeout({ timeoutMs: 2_000 });
 * const response = await timeout.execute(({ signal }) => fetch(url, { signal }));
 */
export class Timeout extends Policy implements PolicyObject<"timeout"> {
  readonly kind = "timeout";
  readonly timeoutMs: number;
  private readonly clock: Clock;
  private readonly deadlines: Deadlines;

  /** @throws {ConfigurationError} naming each option that is wrong. */
  constructor(options: TimeoutOptions) {
    super();
    checkOptions(options, TIMEOUT_CHECKS, "Timeout", ["timeoutMs"]);
    this.timeoutMs = options.timeoutMs;
    this.clock = options.clock ?? systemClock;
    this.deadlines = new Deadlines(this.clock, this.timeoutMs);
  }

  /** @throws {EventTimeoutError} when time is up. */
  run<T>(fn: (call: Call) => T | PromiseLike<T>, call: Call): T | PromiseLike<T> {
    const { event, signal } = call;
    if (signal?.aborted) throw signal.reason;
    const timed = new TimedCall(event, this.deadlines);
    if (signal !== undefined) timed.follow(signal);
    this.deadlines.add(timed, this.clock.now());
    let value: T | PromiseLike<T>;
    try {
      value = fn(timed);
    } catch (error) {
      timed.end();
      throw error;
    }
    if (isPending(value)) return timed.race(value) as Promise<T>;
    timed.end();
    return value;
  }
}

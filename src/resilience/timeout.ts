import { aClock, checkOptions, positiveMs } from "../core/check-options.ts";
import { type Clock, systemClock } from "../core/clock.ts";
import { Deadlines } from "../core/deadlines.ts";
import { EventTimeoutError } from "../core/errors.ts";
import { isPending } from "../core/pipeline.ts";
import type { PolicyObject, TimeoutOptions } from "../core/policies.ts";
import { type Overtime, Scope } from "../core/scope.ts";
import { type Call, Policy } from "./policy.ts";

const TIMEOUT_CHECKS = { timeoutMs: positiveMs, clock: aClock };

/** What a function under a time limit is called with; its signal aborts when time is up. */
class TimedCall implements Call, Overtime {
  readonly event: Call["event"];
  readonly scope = new Scope();

  constructor(event: Call["event"]) {
    this.event = event;
  }

  get signal(): AbortSignal {
    return this.scope.signal;
  }

  timeoutError(limitMs: number): EventTimeoutError {
    return new EventTimeoutError(this.event, limitMs);
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
    const timed = new TimedCall(event);
    const { scope } = timed;
    if (signal !== undefined) scope.follow(signal);
    scope.limitBy(this.deadlines, this.clock.now(), timed);
    if (scope.aborted) throw scope.reason;
    let value: T | PromiseLike<T>;
    try {
      value = fn(timed);
    } catch (error) {
      scope.end();
      throw error;
    }
    if (isPending(value)) return scope.enclose(value) as Promise<T>;
    scope.end();
    return value;
  }
}

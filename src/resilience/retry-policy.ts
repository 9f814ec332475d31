import {
  aClock,
  atLeastOne,
  type Check,
  callable,
  checkOptions,
  integer,
  milliseconds,
  oneOf,
  problemsOf,
} from "../core/check-options.ts";
import { type Clock, sleep, systemClock } from "../core/clock.ts";
import { CircuitBreakerOpenError, ConfigurationError } from "../core/errors.ts";
import { isFault } from "../core/fault.ts";
import { isPending } from "../core/pipeline.ts";
import type { Jitter, PolicyObject, RetryPolicyOptions } from "../core/policies.ts";
import { type Call, Policy } from "./policy.ts";
import { RETRY_BUDGET_CHECKS, RetryBudget } from "./retry-budget.ts";

const aBudget: Check = (value) => {
  if (value instanceof RetryBudget) return undefined;
  const problems = problemsOf(value as object, RETRY_BUDGET_CHECKS, "budget");
  return problems.length === 0 ? undefined : `a RetryBudget or its options (${problems.join("; ")})`;
};

/** @internal */
export const RETRY_POLICY_CHECKS = {
  maxRetries: integer,
  baseDelayMs: milliseconds,
  maxDelayMs: milliseconds,
  exponentialBase: atLeastOne,
  jitter: oneOf(["none", "full", "decorrelated"]),
  retryable: callable,
  budget: aBudget,
  clock: aClock,
  random: callable,
};

/**
 * Repeats what failed, waiting longer each time: `baseDelayMs · exponentialBaseⁿ` before retry n = 0, 1, …, and never
 * longer than `maxDelayMs`. Only faults are repeated; answers and refusals are not.
 *
 * @see M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015, for the kinds of `jitter`.
 * @example
 * const retry = new RetryPolicy({ maxRetries: 3, baseDelayMs: 100, jitter: "full" });
 * const user = await retry.execute(() => fetchUser(id));
 */
export class RetryPolicy extends Policy implements PolicyObject<"retryPolicy"> {
  readonly kind = "retryPolicy";
  readonly maxRetries: number;
  readonly baseDelayMs: number;
  readonly maxDelayMs: number;
  readonly exponentialBase: number;
  readonly jitter: Jitter;
  readonly budget: RetryBudget | undefined;
  private readonly retryable: (error: unknown) => boolean;
  private readonly clock: Clock;
  private readonly random: () => number;

  /** @throws {ConfigurationError} naming each option that is wrong. */
  constructor(options: RetryPolicyOptions = {}) {
    super();
    checkOptions(options, RETRY_POLICY_CHECKS, "RetryPolicy");
    this.maxRetries = options.maxRetries ?? 3;
    this.baseDelayMs = options.baseDelayMs ?? 1_000;
    this.maxDelayMs = options.maxDelayMs ?? 60_000;
    if (this.baseDelayMs > this.maxDelayMs) {
      throw new ConfigurationError(
        `RetryPolicy: baseDelayMs must be at most maxDelayMs (${this.maxDelayMs}), not ${this.baseDelayMs}`,
      );
    }
    this.exponentialBase = options.exponentialBase ?? 2;
    this.jitter = options.jitter ?? "none";
    this.retryable = options.retryable ?? isFault;
    this.clock = options.clock ?? systemClock;
    this.random = options.random ?? Math.random;
    const { budget } = options;
    if (budget !== undefined) {
      this.budget =
        budget instanceof RetryBudget
          ? budget
          : new RetryBudget({ clock: this.clock, ...(budget as object) });
    }
  }

  /**
   * How long retry `attempt` (from 0) waits, in ms.
   *
   * @param previousMs - The wait before; decorrelated jitter grows from it.
   */
  delayMs(attempt: number, previousMs = this.baseDelayMs): number {
    if (this.jitter === "decorrelated") {
      const ceiling = Math.max(this.baseDelayMs, previousMs * 3);
      return Math.min(this.maxDelayMs, this.baseDelayMs + this.random() * (ceiling - this.baseDelayMs));
    }
    if (this.baseDelayMs === 0) return 0; // Times an infinite power, it would be no number.
    const delayMs = Math.min(this.maxDelayMs, this.baseDelayMs * this.exponentialBase ** attempt);
    return this.jitter === "full" ? this.random() * delayMs : delayMs;
  }

  /**
   * Whether what failed with `error` is tried again: after how many ms, or undefined for not at all. A retry is taken
   * from the budget.
   */
  nextDelayMs(attempt: number, error: unknown, previousMs?: number): number | undefined {
    if (attempt >= this.maxRetries || !this.retryable(error)) return undefined;
    const atLeastMs = retryAfterOf(error);
    if (atLeastMs > this.maxDelayMs) return undefined;
    if (this.budget !== undefined && !this.budget.tryWithdraw()) return undefined;
    return Math.max(atLeastMs, this.delayMs(attempt, previousMs));
  }

  run<T>(fn: (call: Call) => T | PromiseLike<T>, call: Call): T | PromiseLike<T> {
    this.budget?.deposit();
    return this.attempt(fn, call, 0, undefined, undefined);
  }

  private attempt<T>(
    fn: (call: Call) => T | PromiseLike<T>,
    call: Call,
    attempt: number,
    waitedMs: number | undefined,
    previousError: unknown,
  ): T | PromiseLike<T> {
    const recover = (error: unknown): T | PromiseLike<T> => {
      if (attempt > 0 && error instanceof CircuitBreakerOpenError) throw previousError;
      const delayMs = call.signal?.aborted ? undefined : this.nextDelayMs(attempt, error, waitedMs);
      if (delayMs === undefined) throw error;
      const again = () => this.attempt(fn, call, attempt + 1, delayMs, error);
      return delayMs === 0 ? again() : sleep(this.clock, delayMs, call.signal).then(again);
    };
    try {
      const value = fn(call);
      return isPending(value) ? (value.then(undefined, recover) as PromiseLike<T>) : value;
    } catch (error) {
      return recover(error);
    }
  }
}

/** What the error itself says of when to come back, in ms. */
function retryAfterOf(error: unknown): number {
  const { retryAfterMs } = (error ?? {}) as { readonly retryAfterMs?: unknown };
  return typeof retryAfterMs === "number" && retryAfterMs > 0 ? retryAfterMs : 0;
}

import { aClock, checkOptions, number, positiveNumber } from "../core/check-options.ts";
import { type Clock, systemClock } from "../core/clock.ts";
import type { PolicyObject, RetryBudgetOptions } from "../core/policies.ts";

/** @internal */
export const RETRY_BUDGET_CHECKS = {
  ratio: number,
  minPerSecond: number,
  maxBalance: positiveNumber,
  clock: aClock,
};

/**
 * Bounds the retries of all who share it, so that a failing dependency is not hit by a multiple of its usual load.
 * Every call earns `ratio` of a retry, time earns `minPerSecond`, and unused ones are kept up to `maxBalance`. It
 * starts with one second's worth.
 *
 * @see Finagle, com.twitter.finagle.service.RetryBudget.
 */
export class RetryBudget implements PolicyObject<"retryBudget"> {
  readonly kind = "retryBudget";
  private readonly clock: Clock;
  private readonly ratio: number;
  private readonly minPerSecond: number;
  private readonly maxBalance: number;
  private saved: number;
  private savedAt: number;

  /** @throws {ConfigurationError} naming each option that is wrong. */
  constructor(options: RetryBudgetOptions = {}) {
    checkOptions(options, RETRY_BUDGET_CHECKS, "RetryBudget");
    this.ratio = options.ratio ?? 0.2;
    this.minPerSecond = options.minPerSecond ?? 10;
    this.maxBalance = options.maxBalance ?? 100;
    this.clock = options.clock ?? systemClock;
    this.saved = Math.min(this.maxBalance, this.minPerSecond);
    this.savedAt = this.clock.now();
  }

  /** How many retries could be made now. */
  get balance(): number {
    const now = this.clock.now();
    this.saved = Math.min(this.maxBalance, this.saved + ((now - this.savedAt) / 1_000) * this.minPerSecond);
    this.savedAt = now;
    return this.saved;
  }

  /** A call was made. */
  deposit(): void {
    this.saved = Math.min(this.maxBalance, this.saved + this.ratio);
  }

  /** Takes a retry if there is one. */
  tryWithdraw(): boolean {
    if (this.balance < 1) return false;
    this.saved--;
    return true;
  }
}

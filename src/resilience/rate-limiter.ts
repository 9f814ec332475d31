import {
  aClock,
  atLeastOne,
  boolean,
  callable,
  checkOptions,
  positiveInteger,
  positiveNumber,
} from "../core/check-options.ts";
import { type CancelTimer, type Clock, MAX_DELAY_MS, systemClock } from "../core/clock.ts";
import { RateLimitExceededError } from "../core/errors.ts";
import type { AnyEvent } from "../core/event.ts";
import type { PolicyObject, RateLimiterOptions } from "../core/policies.ts";
import { type Call, Policy } from "./policy.ts";
import { waitInLine } from "./wait.ts";

/** @internal */
export const RATE_LIMITER_CHECKS = {
  rate: positiveNumber,
  burst: atLeastOne,
  block: boolean,
  key: callable,
  maxKeys: positiveInteger,
  clock: aClock,
};

interface Waiter {
  readonly tokens: number;
  readonly admitted: () => void;
}

/**
 * A token bucket as one number: the time at which it will be full again (a GCRA's theoretical arrival time).
 *
 * @see ITU-T I.371, Generic Cell Rate Algorithm.
 */
interface Bucket {
  fullAt: number;
  /** First come, first served. */
  readonly line: Set<Waiter>;
  timer: CancelTimer | undefined;
}

/** What a sum of many fractions of ms may be off by. */
const ROUNDING_MS = 1e-6;

const newBucket = (): Bucket => ({ fullAt: Number.NEGATIVE_INFINITY, line: new Set(), timer: undefined });

/**
 * Admits `rate` calls per second, and `burst` at once after a rest: a token bucket that starts full and is refilled
 * continuously. Never admits more than `burst + rate × t` in any stretch of time `t`.
 *
 * @example
 * const limiter = new RateLimiter({ rate: 100, burst: 20 });
 * const user = await limiter.execute(() => fetchUser(id));
 */
export class RateLimiter extends Policy implements PolicyObject<"rateLimiter"> {
  readonly kind = "rateLimiter";
  readonly rate: number;
  readonly burst: number;
  readonly block: boolean;
  private readonly clock: Clock;
  private readonly msPerToken: number;
  private readonly burstMs: number;
  private readonly key: ((event: AnyEvent) => string) | undefined;
  private readonly maxKeys: number;
  /** Of calls without a key, and of those whose key found no place. */
  private readonly shared = newBucket();
  private readonly buckets = new Map<string, Bucket>();

  /** @throws {ConfigurationError} naming each option that is wrong. */
  constructor(options: RateLimiterOptions) {
    super();
    checkOptions(options, RATE_LIMITER_CHECKS, "RateLimiter", ["rate"]);
    this.rate = options.rate;
    this.burst = options.burst ?? 10;
    this.block = options.block ?? false;
    this.key = options.key;
    this.maxKeys = options.maxKeys ?? 10_000;
    this.clock = options.clock ?? systemClock;
    this.msPerToken = 1_000 / this.rate;
    this.burstMs = this.burst * this.msPerToken;
  }

  /** How many keys have a bucket of their own now. */
  get keys(): number {
    return this.buckets.size;
  }

  /** How many calls wait for their turn. */
  get waiting(): number {
    let waiting = this.shared.line.size;
    for (const { line } of this.buckets.values()) waiting += line.size;
    return waiting;
  }

  /**
   * Takes `tokens`; with `block`, as soon as they are there.
   *
   * @throws {RateLimitExceededError} with `retryAfterMs`; without one if `tokens` exceed the burst.
   */
  async acquire(tokens = 1, call: Call = {}): Promise<void> {
    const { event } = call;
    if (this.admits(event, this.clock.now(), tokens)) return;
    await waitInLine((admitted) => this.enqueue(admitted, event, tokens), call.signal);
  }

  /**
   * Whether `tokens` are there at `now`, and takes them; false says to wait in line.
   *
   * @throws {RateLimitExceededError} unless waiting helps and is allowed.
   */
  admits(event: AnyEvent | undefined, now: number, tokens = 1): boolean {
    const bucket = this.bucketOf(event, now);
    if (tokens > this.burst) throw new RateLimitExceededError(event, undefined);
    if (bucket.line.size === 0 && this.take(bucket, tokens, now)) return true;
    if (this.block) return false;
    throw new RateLimitExceededError(event, Math.max(1, Math.ceil(this.waitMs(bucket, tokens, now))));
  }

  /** Calls `admitted` when it is this caller's turn; the returned function leaves the line. */
  enqueue(admitted: () => void, event?: AnyEvent, tokens = 1): () => void {
    const bucket = this.bucketOf(event, this.clock.now());
    const waiter = { tokens, admitted };
    bucket.line.add(waiter);
    if (bucket.timer === undefined) this.serve(bucket);
    return () => {
      const [first] = bucket.line;
      bucket.line.delete(waiter);
      if (first === waiter) this.serve(bucket);
    };
  }

  run<T>(fn: (call: Call) => T | PromiseLike<T>, call: Call): T | PromiseLike<T> {
    const { event } = call;
    if (this.admits(event, this.clock.now())) return fn(call);
    return waitInLine((admitted) => this.enqueue(admitted, event), call.signal).then(() => fn(call));
  }

  private take(bucket: Bucket, tokens: number, now: number): boolean {
    const fullAt = Math.max(bucket.fullAt, now) + tokens * this.msPerToken;
    if (fullAt - this.burstMs > now + ROUNDING_MS) return false;
    bucket.fullAt = fullAt;
    return true;
  }

  private waitMs({ fullAt }: Bucket, tokens: number, now: number): number {
    return Math.max(fullAt, now) + tokens * this.msPerToken - this.burstMs - now;
  }

  /** Admits those whose turn it is, and comes back for the next one. */
  private serve(bucket: Bucket): void {
    bucket.timer?.();
    bucket.timer = undefined;
    const now = this.clock.now();
    for (const waiter of bucket.line) {
      if (!this.take(bucket, waiter.tokens, now)) {
        const delayMs = Math.min(MAX_DELAY_MS, Math.max(1, this.waitMs(bucket, waiter.tokens, now)));
        bucket.timer = this.clock.schedule(delayMs, () => this.serve(bucket));
        return;
      }
      bucket.line.delete(waiter);
      waiter.admitted();
    }
  }

  private bucketOf(event: AnyEvent | undefined, now: number): Bucket {
    if (this.key === undefined || event === undefined) return this.shared;
    const key = this.key(event);
    const known = this.buckets.get(key);
    if (known !== undefined) return known;
    if (this.buckets.size >= this.maxKeys) this.forgetFullBuckets(now);
    if (this.buckets.size >= this.maxKeys) return this.shared;
    const bucket = newBucket();
    this.buckets.set(key, bucket);
    return bucket;
  }

  /** Looks at a few at a time, the oldest first, so that no call pays for all of them. Who forgets a bucket that is not full grants a second burst. */
  private forgetFullBuckets(now: number): void {
    let looked = 0;
    for (const [key, bucket] of this.buckets) {
      if (looked++ === 16) return;
      this.buckets.delete(key);
      if (bucket.fullAt > now || bucket.line.size > 0) this.buckets.set(key, bucket);
    }
  }
}

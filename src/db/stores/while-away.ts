import type { Clock } from "../../core/clock.ts";
import { RetryPolicy } from "../../resilience/retry-policy.ts";
import { ConnectionError } from "../errors.ts";

/**
 * Repeats what finds no connection, about as long as a lease holds: it is what becomes of work that is done already, and
 * somebody waits for it.
 */
export function whileAway(clock: Clock, leaseMs: number): RetryPolicy {
  const endsAt = clock.now() + leaseMs;
  return new RetryPolicy({
    maxRetries: Number.MAX_SAFE_INTEGER,
    baseDelayMs: leaseMs / 64,
    maxDelayMs: leaseMs / 8,
    retryable: (error) => error instanceof ConnectionError && clock.now() < endsAt,
    clock,
  });
}

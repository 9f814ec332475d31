import { defineEvent } from "tsmodules";
import {
  Bulkhead,
  CircuitBreaker,
  DeadLetterQueue,
  Fallback,
  Idempotency,
  RateLimiter,
  RetryPolicy,
  Timeout,
} from "tsmodules/resilience";
import { guarding } from "./policy-contender.ts";

const event = new (defineEvent("bench.event"))();

export const contenders = [
  guarding("rate limit", "tsmodules", () => {
    const policy = new RateLimiter({ rate: 1e9, burst: 1e6 });
    return (call) => policy.execute(call);
  }),
  guarding("circuit breaker", "tsmodules", () => {
    const policy = new CircuitBreaker();
    return (call) => policy.execute(call);
  }),
  guarding("retry", "tsmodules", () => {
    const policy = new RetryPolicy();
    return (call) => policy.execute(call);
  }),
  guarding("timeout", "tsmodules", () => {
    const policy = new Timeout({ timeoutMs: 1_000 });
    return (call) => policy.execute(call);
  }),
  guarding("bulkhead", "tsmodules", () => {
    const policy = new Bulkhead({ maxConcurrent: 10 });
    return (call) => policy.execute(call);
  }),
  guarding("fallback", "tsmodules", () => {
    const policy = new Fallback({ defaultValue: { message: "" } });
    return (call) => policy.execute(call);
  }),
  guarding("dead letter", "tsmodules", () => {
    const policy = new DeadLetterQueue();
    return (call) => policy.execute(call, { event });
  }),
  guarding("idempotency", "tsmodules, no key", () => {
    const policy = new Idempotency();
    return (call) => policy.execute(call, { event });
  }),
];

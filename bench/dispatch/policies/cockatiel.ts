import {
  bulkhead,
  ConsecutiveBreaker,
  circuitBreaker,
  ExponentialBackoff,
  fallback,
  handleAll,
  retry,
  TimeoutStrategy,
  timeout,
} from "cockatiel";
import { guarding } from "./policy-contender.ts";

export const contenders = [
  guarding("circuit breaker", "cockatiel", () => {
    const policy = circuitBreaker(handleAll, { halfOpenAfter: 30_000, breaker: new ConsecutiveBreaker(5) });
    return (call) => policy.execute(call);
  }),
  guarding("retry", "cockatiel", () => {
    const policy = retry(handleAll, { maxAttempts: 3, backoff: new ExponentialBackoff() });
    return (call) => policy.execute(call);
  }),
  guarding("timeout", "cockatiel", () => {
    const policy = timeout(1_000, TimeoutStrategy.Aggressive);
    return (call) => policy.execute(call);
  }),
  guarding("bulkhead", "cockatiel", () => {
    const policy = bulkhead(10, 100);
    return (call) => policy.execute(call);
  }),
  guarding("fallback", "cockatiel", () => {
    const policy = fallback(handleAll, { message: "" });
    return (call) => policy.execute(call);
  }),
];

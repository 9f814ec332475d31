import CircuitBreaker from "opossum";
import pRetry from "p-retry";
import { RateLimiterMemory } from "rate-limiter-flexible";
import { greet } from "../greet.ts";
import { calling, guarding } from "./policy-contender.ts";

export const contenders = [
  calling("circuit breaker", "opossum", () => {
    const breaker = new CircuitBreaker(greet, { timeout: false });
    return (input) => breaker.fire(input);
  }),
  calling("circuit breaker", "opossum, with its timeout", () => {
    const breaker = new CircuitBreaker(greet, { timeout: 1_000 });
    return (input) => breaker.fire(input);
  }),
  guarding("retry", "p-retry", () => (call) => pRetry(call, { retries: 3 })),
  guarding("rate limit", "rate-limiter-flexible", () => {
    const limiter = new RateLimiterMemory({ points: 1e12, duration: 1_000 });
    return async (call) => {
      await limiter.consume("key");
      return call();
    };
  }),
];

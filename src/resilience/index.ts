export type {
  BulkheadOptions,
  CircuitBreakerOptions,
  CircuitBreakerWindow,
  CircuitState,
  DeadLetter,
  DeadLetterQueueOptions,
  DeadLetterStore,
  FallbackOptions,
  IdempotencyClaim,
  IdempotencyOptions,
  IdempotencyStore,
  Jitter,
  Policies,
  RateLimiterOptions,
  RetryBudgetOptions,
  RetryPolicyOptions,
  StoredDeadLetter,
  TimeoutOptions,
} from "../core/policies.ts";
export { Bulkhead } from "./bulkhead.ts";
export { CircuitBreaker } from "./circuit-breaker.ts";
export { DeadLetterQueue, type ReprocessReport } from "./dead-letter-queue.ts";
export { Fallback } from "./fallback.ts";
export { Idempotency } from "./idempotency.ts";
export { MemoryDeadLetterStore, MemoryIdempotencyStore } from "./memory-stores.ts";
export { type Call, Policy } from "./policy.ts";
export { RateLimiter } from "./rate-limiter.ts";
export { RetryBudget } from "./retry-budget.ts";
export { RetryPolicy } from "./retry-policy.ts";
export { Timeout } from "./timeout.ts";

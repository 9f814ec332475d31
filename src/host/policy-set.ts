import {
  type Check,
  type Checks,
  orFalse,
  positiveInteger,
  positiveMs,
  problemsOf,
} from "../core/check-options.ts";
import type { Clock } from "../core/clock.ts";
import type { Logger } from "../core/logger.ts";
import type { CircuitBreakerOptions, DeadLetterQueueOptions, Policies } from "../core/policies.ts";
import { BULKHEAD_CHECKS, Bulkhead } from "../resilience/bulkhead.ts";
import { CIRCUIT_BREAKER_CHECKS, CircuitBreaker } from "../resilience/circuit-breaker.ts";
import { DEAD_LETTER_QUEUE_CHECKS, DeadLetterQueue } from "../resilience/dead-letter-queue.ts";
import { FALLBACK_CHECKS, Fallback } from "../resilience/fallback.ts";
import { IDEMPOTENCY_CHECKS, Idempotency } from "../resilience/idempotency.ts";
import { RATE_LIMITER_CHECKS, RateLimiter } from "../resilience/rate-limiter.ts";
import { RETRY_POLICY_CHECKS, RetryPolicy } from "../resilience/retry-policy.ts";

/** The policies of one level, made: undefined is not given, `false` switched off. */
export interface PolicySet {
  readonly rateLimiter: RateLimiter | undefined;
  readonly idempotency: Idempotency | false | undefined;
  readonly fallback: Fallback | false | undefined;
  readonly deadLetterQueue: DeadLetterQueue | false | undefined;
  readonly retryPolicy: RetryPolicy | false | undefined;
  /** Options stay options where those below make breakers of their own from them. */
  readonly circuitBreaker: CircuitBreaker | CircuitBreakerOptions | false | undefined;
  readonly timeoutMs: number | false | undefined;
  readonly bulkheads: readonly Bulkhead[];
}

/** What is made in a host keeps its time and its log. */
export interface PolicySurroundings {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Each queue that a level uses, so that none is left with letters to be stored at its end. */
  readonly deadLetterQueues: Set<DeadLetterQueue>;
}

type Constructor<T> = abstract new (...args: never[]) => T;

function either(policy: Constructor<unknown>, checks: Readonly<Record<string, Check>>): Check {
  return orFalse((value) => {
    if (value instanceof policy) return undefined;
    const problems = problemsOf(value as object, checks, "options");
    return problems.length === 0 ? undefined : `a ${policy.name} or its options (${problems.join("; ")})`;
  });
}

/** What each option of a level has to be. */
export const POLICY_CHECKS: Checks<Policies> = {
  rateLimiter: either(RateLimiter, RATE_LIMITER_CHECKS),
  idempotency: either(Idempotency, IDEMPOTENCY_CHECKS),
  fallback: either(Fallback, FALLBACK_CHECKS),
  deadLetterQueue: either(DeadLetterQueue, DEAD_LETTER_QUEUE_CHECKS),
  retryPolicy: either(RetryPolicy, RETRY_POLICY_CHECKS),
  circuitBreaker: either(CircuitBreaker, CIRCUIT_BREAKER_CHECKS),
  timeoutMs: orFalse(positiveMs),
  bulkhead: either(Bulkhead, BULKHEAD_CHECKS),
  maxConcurrency: orFalse(positiveInteger),
};

/** Makes the policies of one level, from options that were checked. */
export function policySet(policies: Policies, surroundings: PolicySurroundings): PolicySet {
  const { clock } = surroundings;
  const { maxConcurrency } = policies;
  const bulkheads = [made(policies.bulkhead, Bulkhead, {})];
  const deadLetterQueue = made(policies.deadLetterQueue, DeadLetterQueue, { clock });
  if (deadLetterQueue) {
    deadLetterQueue.reportTo(deadLetterReports(surroundings));
    surroundings.deadLetterQueues.add(deadLetterQueue);
  }
  if (maxConcurrency) bulkheads.push(new Bulkhead({ maxConcurrent: maxConcurrency }));
  return {
    rateLimiter: made(policies.rateLimiter, RateLimiter, { clock }) || undefined,
    idempotency: made(policies.idempotency, Idempotency, { clock }),
    fallback: made(policies.fallback, Fallback, {}),
    deadLetterQueue,
    retryPolicy: made(policies.retryPolicy, RetryPolicy, { clock }),
    circuitBreaker: policies.circuitBreaker as PolicySet["circuitBreaker"],
    timeoutMs: policies.timeoutMs,
    bulkheads: bulkheads.filter((bulkhead) => bulkhead instanceof Bulkhead),
  };
}

/** The breaker of one module, or of one handler: an instance is shared, options make one. */
export function breakerFrom(
  given: PolicySet["circuitBreaker"],
  { clock }: PolicySurroundings,
): CircuitBreaker | false | undefined {
  return made(given, CircuitBreaker, { clock });
}

/** An instance as it is, options made into one, `false` and nothing as they are. */
function made<T extends object, Options extends object>(
  given: unknown,
  policy: new (options: Options) => T,
  defaults: Partial<Options>,
): T | false | undefined {
  if (given === undefined || given === false || given instanceof policy)
    return given as T | false | undefined;
  return new policy({ ...defaults, ...(given as Options) });
}

/** Nothing is lost silently. */
function deadLetterReports({ logger }: PolicySurroundings): DeadLetterQueueOptions {
  return {
    onEvict: ({ event, id }) =>
      logger.warn(
        { event: event.name, deadLetter: id },
        "the dead-letter queue is full: its oldest letter went",
      ),
    onStoreError: (err) => logger.error({ err: err as object }, "the store of the dead-letter queue failed"),
  };
}

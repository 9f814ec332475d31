import {
  boolean,
  decimal,
  type Environment,
  EnvironmentReader,
  integer,
  positiveDecimal,
  positiveInteger,
  type Reader,
} from "../core/environment.ts";
import { LOG_LEVELS, type LogLevel } from "../core/logger.ts";
import type {
  CircuitBreakerOptions,
  DeadLetterQueueOptions,
  RateLimiterOptions,
  RetryPolicyOptions,
} from "../core/policies.ts";
import type { ModuleHostOptions } from "./options.ts";

const PREFIX = "TSMODULES_";

const logLevel: Reader<LogLevel> = {
  expected: `one of ${LOG_LEVELS.join(", ")}`,
  read: (text) => LOG_LEVELS.find((level) => level === text.toLowerCase()),
};

/**
 * A host's options, as far as `fromEnv` reads them: plain values, to be changed, logged or spread into more options.
 */
export interface EnvironmentOptions
  extends Pick<
    ModuleHostOptions,
    "maxWorkers" | "propagateExceptions" | "logLevel" | "enableMetrics" | "enableTracing"
  > {
  readonly rateLimiter?: RateLimiterOptions;
  readonly circuitBreaker?: CircuitBreakerOptions;
  readonly retryPolicy?: RetryPolicyOptions;
  readonly deadLetterQueue?: DeadLetterQueueOptions;
}

/** A host's options from elsewhere than the code. */
export const ModuleHostConfig = {
  /**
   * Reads `TSMODULES_*` variables. An unset or empty variable leaves its option out; 0 switches a policy off.
   *
   * | Variable | Option |
   * | --- | --- |
   * | `_MAX_WORKERS` | `maxWorkers` |
   * | `_PROPAGATE_EXCEPTIONS` | `propagateExceptions` |
   * | `_LOG_LEVEL` | `logLevel` |
   * | `_ENABLE_METRICS` | `enableMetrics` |
   * | `_ENABLE_TRACING` | `enableTracing` |
   * | `_RATE_LIMIT` (per second), `_RATE_LIMIT_BURST` | `rateLimiter` |
   * | `_CIRCUIT_BREAKER_THRESHOLD`, `_CIRCUIT_BREAKER_TIMEOUT` (seconds) | `circuitBreaker` |
   * | `_RETRY_MAX`, `_RETRY_BASE_DELAY` (seconds) | `retryPolicy` |
   * | `_DLQ_SIZE` | `deadLetterQueue` |
   *
   * @throws {ConfigurationError} naming every variable that does not parse, its value and what was expected.
   */
  fromEnv(env: Environment = process.env): EnvironmentOptions {
    const environment = new EnvironmentReader(env);
    const read = <T>(name: string, reader: Reader<T>) => environment.read(PREFIX + name, reader);
    const inMs = (seconds: number | undefined) =>
      seconds === undefined ? undefined : Math.round(seconds * 1_000);

    const options = {
      maxWorkers: read("MAX_WORKERS", positiveInteger),
      propagateExceptions: read("PROPAGATE_EXCEPTIONS", boolean),
      logLevel: read("LOG_LEVEL", logLevel),
      enableMetrics: read("ENABLE_METRICS", boolean),
      enableTracing: read("ENABLE_TRACING", boolean),
      rateLimiter: policy("rate", read("RATE_LIMIT", decimal), {
        burst: read("RATE_LIMIT_BURST", positiveInteger),
      }),
      circuitBreaker: policy("failureThreshold", read("CIRCUIT_BREAKER_THRESHOLD", integer), {
        recoveryTimeoutMs: inMs(read("CIRCUIT_BREAKER_TIMEOUT", positiveDecimal)),
      }),
      retryPolicy: policy("maxRetries", read("RETRY_MAX", integer), {
        baseDelayMs: inMs(read("RETRY_BASE_DELAY", positiveDecimal)),
      }),
      deadLetterQueue: policy("maxSize", read("DLQ_SIZE", integer), {}),
    };
    environment.refuseProblems();
    return withoutUndefined(options) as EnvironmentOptions;
  },
};

/** A policy's options; undefined where its switch is unset or 0, whatever the rest says. */
function policy(name: string, limit: number | undefined, rest: Record<string, number | undefined>) {
  return limit ? withoutUndefined({ [name]: limit, ...rest }) : undefined;
}

function withoutUndefined(options: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

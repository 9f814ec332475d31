import {
  aClock,
  boolean,
  type Check,
  type Checks,
  callable,
  checkOptions,
  having,
  oneOf,
  positiveInteger,
  positiveMs,
} from "../core/check-options.ts";
import type { Clock } from "../core/clock.ts";
import type { Middleware } from "../core/context.ts";
import { LOG_LEVELS, type Logger, type LogLevel } from "../core/logger.ts";
import type { Policies } from "../core/policies.ts";
import type { Tracer } from "../tracing/tracer.ts";
import type { Hooks } from "./hooks.ts";
import { POLICY_CHECKS } from "./policy-set.ts";

/** How a host behaves; each option may be left out. Its policies hold for every module that has none of its own. */
export interface ModuleHostOptions extends Hooks, Policies {
  /** Worker threads for `handleInWorker`. @default 4 */
  readonly maxWorkers?: number;
  /** Whether `handle` rejects when a handler failed; else the event comes back unhandled. @default true */
  readonly propagateExceptions?: boolean;
  /** @default pino where it is installed, else one line per record on the console */
  readonly logger?: Logger;
  /** @default "info" */
  readonly logLevel?: LogLevel;
  /** Whether `host.metrics` counts. @default false */
  readonly enableMetrics?: boolean;
  /** Whether each dispatch is a span of a trace. @default false, and true where there is a `tracer` */
  readonly enableTracing?: boolean;
  /** @default the one of `getTracer()` */
  readonly tracer?: Tracer;
  /** Whether answers are checked against their output schema. @default false */
  readonly validateOutput?: boolean;
  /** The first one sees an event first. */
  readonly middleware?: readonly Middleware[];
  readonly clock?: Clock;
}

const functions: Check = (value) =>
  Array.isArray(value) && value.every((item) => typeof item === "function")
    ? undefined
    : "a list of functions";

const HOST_CHECKS: Checks<ModuleHostOptions> = {
  ...POLICY_CHECKS,
  maxWorkers: positiveInteger,
  propagateExceptions: boolean,
  logger: having("debug", "info", "warn", "error", "child"),
  logLevel: oneOf(LOG_LEVELS),
  enableMetrics: boolean,
  enableTracing: boolean,
  tracer: having("trace", "flush"),
  validateOutput: boolean,
  middleware: functions,
  clock: aClock,
  onEventStart: callable,
  onEventEnd: callable,
  onError: callable,
};

/** @throws {ConfigurationError} naming each option that is unknown or wrong, and what was expected. */
export function checkHostOptions(options: ModuleHostOptions): void {
  checkOptions(options, HOST_CHECKS, "ModuleHost");
}

/** @throws {ConfigurationError} as `checkHostOptions` does. */
export function checkPolicies(policies: Policies, owner: string): void {
  checkOptions(policies, POLICY_CHECKS, owner);
}

/** @throws {ConfigurationError} if a dispatch's time limit is none. */
export function checkDispatchTimeout(timeoutMs: number): void {
  if (positiveMs(timeoutMs) !== undefined) checkOptions({ timeoutMs }, { timeoutMs: positiveMs }, "dispatch");
}

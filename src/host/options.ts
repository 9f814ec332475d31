import { type Clock, MAX_DELAY_MS } from "../core/clock.ts";
import type { Middleware } from "../core/context.ts";
import { ConfigurationError } from "../core/errors.ts";
import { LOG_LEVELS, type Logger, type LogLevel } from "../core/logger.ts";
import type { Policies } from "../core/module.ts";
import type { Hooks } from "./hooks.ts";

/** How a host behaves; each option may be left out. */
export interface ModuleHostOptions extends Hooks {
  /** Worker threads for `handleInWorker`. @default 4 */
  readonly maxWorkers?: number;
  /** How many attempts run at once in the whole host; further ones wait. @default unlimited */
  readonly maxConcurrency?: number;
  /** Time limit of one attempt, in ms, where neither handler nor contract has one. @default none */
  readonly timeoutMs?: number;
  /** Whether `handle` rejects when a handler failed; else the event comes back unhandled. @default true */
  readonly propagateExceptions?: boolean;
  /** @default pino where it is installed, else one line per record on the console */
  readonly logger?: Logger;
  /** @default "info" */
  readonly logLevel?: LogLevel;
  /** Whether `host.metrics` counts. @default false */
  readonly enableMetrics?: boolean;
  /** Whether answers are checked against their output schema. @default false */
  readonly validateOutput?: boolean;
  /** The first one sees an event first. */
  readonly middleware?: readonly Middleware[];
  readonly clock?: Clock;
}

type Check = (value: unknown) => string | undefined;

const positiveInteger: Check = (value) =>
  Number.isSafeInteger(value) && (value as number) > 0 ? undefined : "a positive integer";
const positiveMs: Check = (value) =>
  typeof value === "number" && value > 0 && value <= MAX_DELAY_MS
    ? undefined
    : `a number of milliseconds above 0 and up to ${MAX_DELAY_MS}`;
const boolean: Check = (value) => (typeof value === "boolean" ? undefined : "true or false");
const callable: Check = (value) => (typeof value === "function" ? undefined : "a function");
const object = (...methods: string[]): Check => {
  const has = (value: unknown, method: string) =>
    typeof (value as Record<string, unknown> | null)?.[method] === "function";
  return (value) =>
    methods.every((method) => has(value, method)) ? undefined : `an object with ${methods.join(", ")}`;
};
const logLevel: Check = (value) =>
  (LOG_LEVELS as readonly unknown[]).includes(value) ? undefined : `one of ${LOG_LEVELS.join(", ")}`;
const functions: Check = (value) =>
  Array.isArray(value) && value.every((item) => typeof item === "function")
    ? undefined
    : "a list of functions";

const HOST_CHECKS: Readonly<Record<keyof ModuleHostOptions, Check>> = {
  maxWorkers: positiveInteger,
  maxConcurrency: positiveInteger,
  timeoutMs: positiveMs,
  propagateExceptions: boolean,
  logger: object("debug", "info", "warn", "error", "child"),
  logLevel,
  enableMetrics: boolean,
  validateOutput: boolean,
  middleware: functions,
  clock: object("now", "schedule"),
  onEventStart: callable,
  onEventEnd: callable,
  onError: callable,
};

/** Options that `fromEnv` reads and this version does not act on. */
const UNUSED_OPTIONS = ["enableTracing", "rateLimiter", "circuitBreaker", "retryPolicy", "deadLetterQueue"];

const POLICY_CHECKS: Readonly<Record<keyof Policies, Check>> = {
  timeoutMs: (value) => (value === false ? undefined : positiveMs(value)),
  maxConcurrency: positiveInteger,
};

/** @throws {ConfigurationError} naming each option that is unknown or wrong, and what was expected. */
export function checkHostOptions(options: ModuleHostOptions): void {
  const used = Object.entries(options).filter(([name]) => !UNUSED_OPTIONS.includes(name));
  check(Object.fromEntries(used), HOST_CHECKS, "ModuleHost");
}

/** Nobody is to believe in a protection that is not there. */
export function warnOfUnusedOptions(options: object, logger: Logger): void {
  const unused = UNUSED_OPTIONS.filter((name) => Object.hasOwn(options, name));
  if (unused.length > 0) logger.warn(`this version does not act on the option ${unused.join(", ")} yet`);
}

/** @throws {ConfigurationError} as `checkHostOptions` does. */
export function checkPolicies(policies: Policies, owner: string): void {
  check(policies, POLICY_CHECKS, owner);
}

/** @throws {ConfigurationError} if a dispatch's time limit is none. */
export function checkDispatchTimeout(timeoutMs: number): void {
  if (positiveMs(timeoutMs) !== undefined) check({ timeoutMs }, { timeoutMs: positiveMs }, "dispatch");
}

function check(options: object, checks: Readonly<Record<string, Check>>, owner: string): void {
  const problems = Object.entries(options).flatMap(([name, value]) => {
    if (value === undefined) return [];
    const known = Object.hasOwn(checks, name) ? checks[name] : undefined;
    if (known === undefined) {
      return [`${owner}: unknown option ${name}; there are ${Object.keys(checks).join(", ")}`];
    }
    const expected = known(value);
    return expected === undefined ? [] : [`${owner}: ${name} must be ${expected}, not ${show(value)}`];
  });
  if (problems.length > 0) throw new ConfigurationError(problems);
}

function show(value: unknown): string {
  return typeof value === "object" && value !== null ? "an object" : (JSON.stringify(value) ?? String(value));
}

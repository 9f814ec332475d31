import { aClock, boolean, type Check, checkOptions, positiveMs } from "../core/check-options.ts";
import { type Clock, systemClock } from "../core/clock.ts";
import { ConfigurationError } from "../core/errors.ts";
import type { HostCondition } from "../host/condition.ts";
import { type CheckFunction, type CheckOptions, type CheckReport, runCheck } from "./check.ts";
import { hostChecks, hostReadiness } from "./host-checks.ts";
import { type HealthStatus, worst } from "./status.ts";

/** The part of a host that is judged. */
export interface CheckedHost {
  readonly condition: HostCondition;
  readonly uptimeSeconds: number;
}

export interface HealthCheckOptions {
  /** Its modules, circuits and dead letters are judged, and that it takes events. */
  readonly host?: CheckedHost;
  /** The application's version, to be shown. */
  readonly version?: string;
  readonly clock?: Clock;
}

/** How an application is, and why. */
export interface HealthReport {
  readonly status: HealthStatus;
  readonly version?: string;
  readonly uptimeSeconds?: number;
  readonly checks: Readonly<Record<string, CheckReport>>;
  toJSON(): Omit<HealthReport, "toJSON">;
}

const text: Check = (value) => (typeof value === "string" ? undefined : "a string");
const aHost: Check = (value) =>
  typeof value === "object" && value !== null && "condition" in value ? undefined : "a ModuleHost";

const CHECKS = { host: aHost, version: text, clock: aClock };
const CHECK_CHECKS = { liveness: boolean, readiness: boolean, timeoutMs: positiveMs, critical: boolean };

interface Registered extends Required<CheckOptions> {
  readonly run: CheckFunction;
}

/**
 * Says how an application is: alive (else it has to be restarted) and ready (else nothing should be sent to it).
 *
 * @see https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/
 * @example
 * const health = new HealthCheck({ host, version: "1.0.0" })
 *   .addCheck("database", () => db.ping())
 *   .addCheck("recommendations", () => recommendations.ping(), { critical: false });
 * const { status } = await health.check();
 */
export class HealthCheck {
  private readonly host: CheckedHost | undefined;
  private readonly version: string | undefined;
  private readonly clock: Clock;
  private readonly checks = new Map<string, Registered>();

  /** @throws {ConfigurationError} naming each option that is wrong. */
  constructor(options: HealthCheckOptions = {}) {
    checkOptions(options, CHECKS, "HealthCheck");
    this.host = options.host;
    this.version = options.version;
    this.clock = options.clock ?? systemClock;
  }

  /**
   * Adds a check. What it throws, and that it takes too long, is a failure; it runs beside the others.
   *
   * @throws {ConfigurationError} if the name is taken, the check is no function, or an option is wrong.
   */
  addCheck(name: string, check: CheckFunction, options: CheckOptions = {}): this {
    const owner = `health check "${name}"`;
    if (typeof name !== "string" || name === "") {
      throw new ConfigurationError(
        `a health check's name must be a non-empty string, not ${JSON.stringify(name)}`,
      );
    }
    if (typeof check !== "function")
      throw new ConfigurationError(`${owner} must be a function, not ${typeof check}`);
    if (this.checks.has(name)) throw new ConfigurationError(`${owner} is there already`);
    checkOptions(options, CHECK_CHECKS, owner);
    const { liveness = false, readiness = true, timeoutMs = 5_000, critical = true } = options;
    this.checks.set(name, { run: check, liveness, readiness, timeoutMs, critical });
    return this;
  }

  /** Everything there is to say. */
  check(): Promise<HealthReport> {
    return this.report(
      () => true,
      (condition) => ({ host: hostReadiness(condition), ...hostChecks(condition) }),
    );
  }

  /** Whether the process works: only checks with `liveness` count. */
  liveness(): Promise<HealthReport> {
    return this.report(
      ({ liveness }) => liveness,
      () => ({}),
    );
  }

  /** Whether it can serve: checks with `readiness`, and the host, which is not ready once it closes. */
  readiness(): Promise<HealthReport> {
    return this.report(
      ({ readiness }) => readiness,
      (condition) => ({ host: hostReadiness(condition), ...hostChecks(condition) }),
    );
  }

  private async report(
    concerns: (check: Registered) => boolean,
    ofHost: (condition: HostCondition) => Record<string, CheckReport>,
  ): Promise<HealthReport> {
    const { host, version } = this;
    const wanted = [...this.checks].filter(([, check]) => concerns(check));
    const own = await Promise.all(
      wanted.map(async ([name, check]) => [name, await runCheck(check.run, check, this.clock)] as const),
    );
    const checks = { ...(host && ofHost(host.condition)), ...Object.fromEntries(own) };
    const report = {
      status: worst(Object.values(checks).map(({ status }) => status)),
      ...(version !== undefined && { version }),
      ...(host && { uptimeSeconds: host.uptimeSeconds }),
      checks,
    };
    return { ...report, toJSON: () => ({ ...report, checks: withoutErrors(checks) }) };
  }
}

function withoutErrors(checks: HealthReport["checks"]): HealthReport["checks"] {
  return Object.fromEntries(Object.entries(checks).map(([name, { error, ...check }]) => [name, check]));
}

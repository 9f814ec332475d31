import type { FastifyInstance, FastifyReply } from "fastify";
import { type Checks, checkOptions, having, text } from "../core/check-options.ts";
import type { Logger } from "../core/logger.ts";
import type { CheckReport } from "../health/check.ts";
import { HealthCheck, type HealthReport } from "../health/health-check.ts";
import type { ModuleHost } from "../host/module-host.ts";
import { aPrefix, routerPattern } from "./route-path.ts";
import { isClosing } from "./shutdown.ts";

/** What the health endpoints show, and where. */
export interface HealthEndpointsOptions {
  readonly version?: string;
  /** @default the host alone */
  readonly health?: HealthCheck;
  /** Begins with a slash and ends without one: "/internal" gives `/internal/health`. @default "" */
  readonly prefix?: string;
}

const CHECKS: Checks<HealthEndpointsOptions> = {
  version: text,
  health: having("check", "readiness", "liveness"),
  prefix: aPrefix,
};

/**
 * Adds `/health` (everything), `/health/ready` (whether to send requests here) and `/health/live` (whether to restart
 * the process): 503 where the report is unhealthy, else 200. Readiness is that as soon as `closeGracefully` begins, or
 * the host closes.
 *
 * What a check says is shown; what it throws goes to the host's logger, because it may tell of the inside.
 *
 * @throws {ConfigurationError} naming each option that is unknown or wrong.
 */
export function addHealthEndpoints(
  app: FastifyInstance,
  host: ModuleHost,
  options: HealthEndpointsOptions = {},
): void {
  checkOptions(options, CHECKS, "addHealthEndpoints");
  const {
    version,
    health = new HealthCheck({ host, ...(version !== undefined && { version }) }),
    prefix = "",
  } = options;
  // Not the request's, which says nothing unless Fastify was told to log.
  const logger = host.config.logger as Logger;
  const add = (path: string, reportOf: () => Promise<HealthReport>) =>
    app.get(routerPattern(prefix + path), async (_request, reply) => send(reply, await reportOf(), logger));

  add("/health", async () => withServer(app, await health.check()));
  add("/health/ready", async () => withServer(app, await health.readiness()));
  add("/health/live", () => health.liveness());
}

const CLOSING: CheckReport = { status: "unhealthy", message: "the server is closing", durationMs: 0 };

function withServer(app: FastifyInstance, report: HealthReport): HealthReport {
  if (!isClosing(app)) return report;
  return { ...report, status: "unhealthy", checks: { server: CLOSING, ...report.checks } };
}

function send(reply: FastifyReply, report: HealthReport, logger: Logger): FastifyReply {
  const checks = Object.entries(report.checks).map(([name, check]) => [name, shown(name, check, logger)]);
  return reply
    .code(report.status === "unhealthy" ? 503 : 200)
    .header("cache-control", "no-store")
    .send({ ...report, checks: Object.fromEntries(checks), toJSON: undefined });
}

function shown(name: string, { error, ...check }: CheckReport, logger: Logger): CheckReport {
  if (error === undefined) return check;
  logger.warn({ err: error }, `health check "${name}" failed`);
  return { ...check, message: "failed; the log says why" };
}

import type { FastifyInstance, FastifyReply } from "fastify";
import { HealthCheck, type HealthReport } from "../health/health-check.ts";
import type { ModuleHost } from "../host/module-host.ts";

/** What the health endpoints show. */
export interface HealthEndpointsOptions {
  readonly version?: string;
  /** @default the host alone */
  readonly health?: HealthCheck;
}

/**
 * Adds `/health` (everything), `/health/ready` (whether to send requests here) and `/health/live` (whether to restart
 * the process): 503 where the report is unhealthy, which readiness is as soon as the host closes.
 */
export function addHealthEndpoints(
  app: FastifyInstance,
  host: ModuleHost,
  {
    version,
    health = new HealthCheck({ host, ...(version !== undefined && { version }) }),
  }: HealthEndpointsOptions = {},
): void {
  const send = (reply: FastifyReply, report: HealthReport) =>
    reply.code(report.status === "unhealthy" ? 503 : 200).send(report);
  app.get("/health", async (_request, reply) => send(reply, await health.check()));
  app.get("/health/live", async (_request, reply) => send(reply, await health.liveness()));
  app.get("/health/ready", async (_request, reply) => send(reply, await health.readiness()));
}

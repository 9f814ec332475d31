import type { FastifyInstance } from "fastify";
import { ConfigurationError } from "../core/errors.ts";
import type { ModuleHost } from "../host/module-host.ts";

/**
 * Adds `/metrics`: the host's counters as JSON.
 *
 * @throws {ConfigurationError} if the host counts nothing.
 */
export function addMetricsEndpoint(
  app: FastifyInstance,
  host: ModuleHost,
  { version }: { readonly version?: string } = {},
): void {
  const { metrics } = host;
  if (metrics === undefined)
    throw new ConfigurationError("addMetricsEndpoint needs a host with enableMetrics");
  app.get("/metrics", () => ({
    uptime_seconds: host.uptimeSeconds,
    version,
    events: metrics.toJSON(),
    modules: { count: host.modules.length, names: host.modules.map(({ metadata }) => metadata.name) },
  }));
}

import type { FastifyInstance, FastifyRequest } from "fastify";
import { APIError } from "../core/api-error.ts";
import { checkOptions, text } from "../core/check-options.ts";
import { ConfigurationError } from "../core/errors.ts";
import type { Metrics } from "../host/metrics.ts";
import type { ModuleHost } from "../host/module-host.ts";

const PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";

/**
 * Adds `/metrics`: what the host counts, for Prometheus, or as JSON for those who ask by `Accept: application/json` or
 * `?format=json`.
 *
 * @throws {ConfigurationError} if the host counts nothing, or naming the option that is unknown or wrong.
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function addMetricsEndpoint(
  app: FastifyInstance,
  host: ModuleHost,
  options: { readonly version?: string } = {},
): void {
  checkOptions(options, { version: text }, "addMetricsEndpoint");
  const { version } = options;
  const { metrics } = host;
  if (metrics === undefined)
    throw new ConfigurationError("addMetricsEndpoint needs a host with enableMetrics");
  app.get("/metrics", async (request, reply) => {
    reply.header("cache-control", "no-store").header("vary", "accept");
    if (formatOf(request) === "json") return metricsAsJson(host, metrics, version);
    reply.type(PROMETHEUS);
    return metrics.toPrometheus();
  });
}

/** In the shape that PyModules gave them. */
function metricsAsJson(host: ModuleHost, metrics: Metrics, version: string | undefined) {
  const events = metrics.toJSON();
  const { eventsRetried, eventsRateLimited, eventsCircuitBroken, eventsDeadLettered } = events;
  const { openCircuits, deadLetters } = host.condition;
  return {
    uptime_seconds: host.uptimeSeconds,
    version: version ?? null,
    events,
    modules: { count: host.modules.length, names: host.modules.map(({ metadata }) => metadata.name) },
    resilience: { eventsRetried, eventsRateLimited, eventsCircuitBroken, eventsDeadLettered },
    circuit_breaker_state: openCircuits.length > 0 ? "open" : "closed",
    dlq_size: deadLetters?.size ?? 0,
  };
}

function formatOf({ query, headers }: FastifyRequest): "json" | "prometheus" {
  const { format } = query as { readonly format?: unknown };
  if (format === undefined) return prefersJson(headers.accept) ? "json" : "prometheus";
  if (format === "json" || format === "prometheus") return format;
  throw new APIError(
    400,
    "UNKNOWN_FORMAT",
    `format must be json or prometheus, not ${JSON.stringify(format)}`,
  );
}

/** Whether JSON is asked for by name, and text not before it. */
function prefersJson(accept = ""): boolean {
  const json = qualityOf("application/json", accept);
  return json > 0 && json >= qualityOf("text/plain", accept);
}

/** @see RFC 9110, section 12.5.1, Accept */
function qualityOf(type: string, accept: string): number {
  const ranges = accept.toLowerCase().split(",");
  const range = ranges.find((candidate) => candidate.split(";")[0]?.trim() === type);
  if (range === undefined) return 0;
  return Number(/;\s*q=([\d.]+)/.exec(range)?.[1] ?? 1);
}

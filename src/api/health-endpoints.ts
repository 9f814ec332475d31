import type { FastifyInstance } from "fastify";
import type { ModuleHost } from "../host/module-host.ts";

/**
 * Adds `/health` and `/health/ready`, which are 503 as soon as the host closes, and `/health/live`, which is 200 as
 * long as the process answers.
 */
export function addHealthEndpoints(
  app: FastifyInstance,
  host: ModuleHost,
  { version }: { readonly version?: string } = {},
): void {
  const readiness = () => ({
    status: host.closing ? "unhealthy" : "healthy",
    version,
    uptimeSeconds: host.uptimeSeconds,
    modules: host.modules.map(({ metadata }) => metadata.name),
  });
  for (const path of ["/health", "/health/ready"]) {
    app.get(path, (_request, reply) => reply.code(host.closing ? 503 : 200).send(readiness()));
  }
  app.get("/health/live", () => ({ status: "healthy", version, uptimeSeconds: host.uptimeSeconds }));
}

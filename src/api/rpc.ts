import type { FastifyInstance } from "fastify";
import type { AnyEventClass } from "../core/event.ts";
import { rpcPath } from "../core/rpc-path.ts";
import type { ModuleHost } from "../host/module-host.ts";
import { endpointOf } from "./endpoint.ts";
import { answerError } from "./error-handlers.ts";
import { httpOptionsOf } from "./exposure.ts";
import { routeOf } from "./mount.ts";
import { routerPattern } from "./route-path.ts";

/**
 * Adds the route by which `tsmodules/client` calls an event: its input is the body, and errors are problem details
 * whatever the application makes of them elsewhere. It is not part of the documentation.
 */
export function mountRpc(app: FastifyInstance, host: ModuleHost, event: AnyEventClass, prefix: string): void {
  const path = rpcPath(event.contract.name);
  const { query, headers, ...options } = httpOptionsOf(event);
  const endpoint = endpointOf(event, { ...options, method: "POST", path });
  app.route({
    ...routeOf(app, host, endpoint),
    method: "POST",
    url: routerPattern(prefix + path),
    errorHandler: (error, request, reply) => answerError(error, request, reply, {}),
  });
}

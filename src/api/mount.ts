import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { ConfigurationError } from "../core/errors.ts";
import type { TypedEvent } from "../core/event.ts";
import type { ModuleHost } from "../host/module-host.ts";
import type { Endpoint } from "./endpoint.ts";
import { endpointsOf } from "./endpoints.ts";
import { inputReader } from "./request-input.ts";
import { type ResponseWriter, responseWriter } from "./response.ts";

/**
 * Adds an endpoint's route to `app`. All that can be done once is done here, not per request.
 *
 * @throws {ConfigurationError} if another event has the route; both are named.
 */
export function mountEndpoint(app: FastifyInstance, host: ModuleHost, endpoint: Endpoint, prefix = ""): void {
  const { contract, method, path } = endpoint;
  const url = prefix + path;
  const route = app.prefix + url;
  const endpoints = endpointsOf(app);
  const rival = endpoints.find((other) => other.method === method && shapeOf(other.route) === shapeOf(route));
  if (rival !== undefined) {
    throw new ConfigurationError(
      `"${rival.contract.name}" and "${contract.name}" are both ${method} ${route}; give one of them another http.path`,
    );
  }
  endpoints.push({ ...endpoint, route });
  const { bodyOf, routeOptions } = responseWriter(endpoint);
  app.route({
    method,
    url: url.replace(/\{([^}]+)\}/g, ":$1"),
    ...routeOptions,
    handler: handlerOf(host, endpoint, bodyOf),
  });
}

/** Two routes are one if they differ in their parameters' names alone. */
function shapeOf(route: string): string {
  return route.replace(/\{[^}]+\}/g, "{}");
}

function handlerOf(host: ModuleHost, endpoint: Endpoint, bodyOf: ResponseWriter["bodyOf"]) {
  const { event, status } = endpoint;
  const readInput = inputReader(endpoint);
  const EventOf = event as unknown as new (input: unknown) => TypedEvent;

  return async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    try {
      const event = new EventOf(readInput(request));
      const answer = await host.send(event, { signal: disconnectSignal(reply) });
      return bodyOf(answer, reply.code(status));
    } finally {
      // Else the client would keep the connection, and with it the server, alive.
      if (host.closing) reply.header("connection", "close");
    }
  };
}

/** Aborts when the client goes away before it was answered. */
function disconnectSignal({ raw }: FastifyReply): AbortSignal {
  const controller = new AbortController();
  raw.once("close", () => {
    if (!raw.writableFinished) controller.abort();
  });
  return controller.signal;
}

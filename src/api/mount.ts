import type { FastifyInstance, FastifyReply, FastifyRequest, RouteShorthandOptions } from "fastify";
import { ConfigurationError } from "../core/errors.ts";
import type { TypedEvent } from "../core/event.ts";
import type { StandardSchema } from "../core/standard-schema.ts";
import type { ModuleHost } from "../host/module-host.ts";
import type { Endpoint } from "./endpoint.ts";
import { endpointsOf } from "./endpoints.ts";
import { inputReader } from "./request-input.ts";

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
  app.route({
    method,
    url: url.replace(/\{([^}]+)\}/g, ":$1"),
    ...responseOptions(endpoint),
    handler: handlerOf(host, endpoint),
  });
}

/** Two routes are one if they differ in their parameters' names alone. */
function shapeOf(route: string): string {
  return route.replace(/\{[^}]+\}/g, "{}");
}

/** Fields that the output's schema does not have never leave: Fastify compiles a serialiser from it. */
function responseOptions({ output, status }: Endpoint): RouteShorthandOptions {
  return output === undefined ? {} : { schema: { response: { [status]: output } } };
}

function handlerOf(host: ModuleHost, endpoint: Endpoint) {
  const { contract, event, output, status } = endpoint;
  const readInput = inputReader(endpoint);
  const EventOf = event as unknown as new (input: unknown) => TypedEvent;
  const filter =
    contract.output !== undefined && output === undefined ? validated(contract.output) : undefined;

  return async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    try {
      const event = new EventOf(readInput(request));
      const answer = await host.send(event, { signal: disconnectSignal(reply) });
      reply.code(status);
      if (contract.output === undefined) return undefined;
      return filter === undefined ? answer : filter(answer);
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

/** What stands in for the serialiser where a schema library offers no JSON Schema: the schema's own result. */
function validated({ "~standard": { validate } }: StandardSchema<unknown>) {
  return async (answer: unknown): Promise<unknown> => {
    const result = await validate(answer);
    if (result.issues !== undefined) throw new TypeError("the output does not match its schema");
    return result.value;
  };
}

import type { ServerResponse } from "node:http";
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from "fastify";
import { AuthenticationError } from "../core/api-error.ts";
import type { DispatchOptions } from "../core/context.ts";
import type { Contract } from "../core/contract.ts";
import { ConfigurationError } from "../core/errors.ts";
import { type TypedEvent, traceparentOf } from "../core/event.ts";
import { isPending } from "../core/pipeline.ts";
import { untravelable } from "../core/travel.ts";
import type { ModuleHost } from "../host/module-host.ts";
import { authenticationOf } from "./auth/auth-plugin.ts";
import "./auth/request-principal.ts";
import { watchConnections } from "./connections.ts";
import type { Endpoint } from "./endpoint.ts";
import { endpointsOf } from "./endpoints.ts";
import { answerError } from "./error-handlers.ts";
import { eventReader } from "./request-event.ts";
import { responseWriter } from "./response.ts";
import { patternOf, routerPattern } from "./route-path.ts";
import { isClosing } from "./shutdown.ts";
import { streamSender } from "./stream.ts";
import "./trace-meta.ts";

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
  const options = routeOf(app, host, endpoint);
  watchConnections(app.server);
  endpoints.push({ ...endpoint, route, pattern: patternOf(route) });
  app.route({ ...options, method, url: routerPattern(url) });
}

/**
 * What an endpoint's route does, wherever it is.
 *
 * @throws {ConfigurationError} if a field of its contract cannot travel as JSON; from `app.ready()` if it asks for
 *   permissions and nobody is authenticated.
 */
export function routeOf(
  app: FastifyInstance,
  host: ModuleHost,
  endpoint: Endpoint,
): Omit<RouteOptions, "method" | "url"> {
  refuseUntravelable(endpoint);
  const { contract } = endpoint;
  if (contract.permissions.length > 0) app.addHook("onReady", async () => refuseWithoutAuth(app, contract));
  const { routeOptions, answer } = contract.stream ? streaming(endpoint, host) : answering(endpoint);
  const config = { public: endpoint.public, errorStatus: endpoint.errorStatus };
  return { ...routeOptions, config, errorHandler: answerFailure, handler: handlerOf(host, endpoint, answer) };
}

/**
 * As the application does. One that does nothing about errors answers as `registerErrorHandlers` has it, where Fastify
 * would show what any error says.
 */
function answerFailure(error: FastifyError, request: FastifyRequest, reply: FastifyReply): unknown {
  const { errorHandler } = request.server;
  if (errorHandler.name === "defaultErrorHandler") return answerError(error, request, reply, {});
  return errorHandler.call(request.server, error, request, reply);
}

/** Two routes are one if they differ in their parameters' names alone. */
function shapeOf(route: string): string {
  return route.replace(/\{[^}]+\}/g, "{}");
}

function refuseUntravelable({ contract, input, output }: Endpoint): void {
  for (const [side, schema] of Object.entries({ input, output })) {
    const field = schema && untravelable(schema);
    if (field === undefined) continue;
    throw new ConfigurationError(
      `"${contract.name}" cannot be served over HTTP: ${field} of its ${side} is nothing that JSON can carry`,
    );
  }
}

/** Not before the application is ready: until then the plugin may still come. */
function refuseWithoutAuth(app: FastifyInstance, { name, permissions }: Contract): void {
  if (authenticationOf(app) !== undefined) return;
  throw new ConfigurationError(
    `"${name}" asks for permissions (${permissions.join(", ")}), and the application authenticates nobody; register authPlugin`,
  );
}

type Answer = (output: unknown, request: FastifyRequest, reply: FastifyReply) => unknown;

function answering(endpoint: Endpoint) {
  const { status } = endpoint;
  const { bodyOf, routeOptions } = responseWriter(endpoint);
  const answer: Answer = (output, _request, reply) => bodyOf(output, reply.code(status));
  return { routeOptions, answer };
}

function streaming(endpoint: Endpoint, { config: { clock } }: ModuleHost) {
  const answer: Answer = streamSender(endpoint, clock as NonNullable<typeof clock>);
  // Fastify would read the items for HEAD, and drop them: all there are, as fast as they come, for nobody.
  return { routeOptions: { exposeHeadRoute: false }, answer };
}

function handlerOf(host: ModuleHost, endpoint: Endpoint, answer: Answer) {
  const readEvent = eventReader(endpoint);
  const isGuarded = endpoint.contract.permissions.length > 0;

  const dispatch = (event: TypedEvent, request: FastifyRequest, reply: FastifyReply): Promise<unknown> =>
    host.send(event, dispatchOptions(request, reply)).then(
      (output) => {
        addHeaders(host, event, request, reply);
        return answer(output, request, reply);
      },
      (error) => {
        addHeaders(host, event, request, reply);
        throw error;
      },
    );

  return (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    if (isGuarded && request.principal === undefined) throw new AuthenticationError();
    const event = readEvent(request);
    return isPending(event)
      ? event.then((parsed) => dispatch(parsed, request, reply))
      : dispatch(event, request, reply);
  };
}

function addHeaders(host: ModuleHost, event: TypedEvent, request: FastifyRequest, reply: FastifyReply): void {
  // To who sent one: for others, the correlation id is the trace's.
  const traceparent = request.traceMeta?.traceparent && traceparentOf(event);
  if (traceparent !== undefined) reply.header("traceparent", traceparent);
  // Else the client would keep the connection, and with it the server, alive.
  if (host.closing || isClosing(request.server)) reply.header("connection", "close");
}

function dispatchOptions({ principal }: FastifyRequest, { raw }: FastifyReply): DispatchOptions {
  const signal = () => disconnectSignal(raw);
  return principal === undefined ? { signal } : { signal, principal };
}

/** Aborts when the client goes away before it was answered. */
function disconnectSignal(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  const abortUnlessAnswered = () => {
    if (!response.writableFinished) controller.abort(new DOMException("the client went away", "AbortError"));
  };
  if (response.destroyed) abortUnlessAnswered();
  else response.once("close", abortUnlessAnswered);
  return controller.signal;
}

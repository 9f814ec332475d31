import type { ServerResponse } from "node:http";
import type {
  FastifyError,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  FastifyServerOptions,
  HTTPMethods,
} from "fastify";
import { APIError } from "../core/api-error.ts";
import { callable, checkOptions } from "../core/check-options.ts";
import { EventError } from "../core/errors.ts";
import { existingMeta } from "../core/event.ts";
import type { Problem } from "../core/problem.ts";
import { travelText } from "../core/travel.ts";
import { challengeOf } from "./auth/challenge.ts";
import { endpointsOf } from "./endpoints.ts";
import { type ErrorStatus, problem, problemOf, retryAfterMsOf } from "./problem.ts";
import { correlationIdOf } from "./tracing.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** The status of each declared error that has one of its own. */
    errorStatus?: ErrorStatus;
  }
}

/** An answer to an error, as an application with conventions of its own gives it. */
export interface MappedError {
  /** @default the problem's */
  readonly status?: number;
  /** Sent as JSON. */
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** @default "application/json; charset=utf-8" */
  readonly contentType?: string;
}

export interface ErrorHandlersOptions {
  /**
   * Gives the answer to an error where it is not to be the problem that stands for it, which is safe to show where the
   * error is not. Undefined leaves it to us; so does a failure, which is logged.
   */
  readonly mapError?: (error: unknown, problem: Problem, request: FastifyRequest) => MappedError | undefined;
}

/**
 * Answers every error with problem details: invalid input 422, malformed JSON 400, unknown routes 404, known ones by
 * another method 405, declared errors by their status, and what is not known a 500 that says nothing of the inside.
 *
 * @throws {ConfigurationError} naming the option that is unknown or wrong.
 * @see RFC 9457, Problem Details for HTTP APIs.
 */
export function registerErrorHandlers(app: FastifyInstance, options: ErrorHandlersOptions = {}): void {
  checkOptions(options, { mapError: callable }, "registerErrorHandlers");
  app.setErrorHandler((error, request, reply) => answerError(error, request, reply, options));
  app.setNotFoundHandler((request, reply) => {
    const error = missingRoute(app, request, reply);
    return answer(error, problemOf(error), request, reply, options);
  });
}

/**
 * What `Fastify()` has to be told for its errors before routing (a URL that cannot be decoded, a request that is no
 * HTTP) to be problems, too.
 *
 * @example
 * const app = Fastify({ ...problemDetails });
 */
export const problemDetails: Pick<FastifyServerOptions, "frameworkErrors" | "clientErrorHandler"> = {
  frameworkErrors: (error, request, reply) => {
    answerError(error, request as FastifyRequest, reply as FastifyReply, {});
  },
  clientErrorHandler(error, socket) {
    // What came may follow a request whose answer is on its way: nothing may stand in the middle of that.
    const { _httpMessage: answer } = socket as { readonly _httpMessage?: ServerResponse | null };
    if (error.code === "ECONNRESET" || !socket.writable || answer?.headersSent) {
      socket.destroy();
      return;
    }
    const status = CLIENT_ERRORS[error.code ?? ""] ?? 400;
    const body = JSON.stringify(problem(status));
    socket.end(
      `HTTP/1.1 ${status} ${problem(status).title}\r\nconnection: close\r\ncontent-type: ${PROBLEM_TYPE}\r\n` +
        `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
    // Not when the client ends it, too: some never would.
    socket.destroySoon();
  },
};

/** Node's own refusals that are no 400. */
const CLIENT_ERRORS: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/** An error's answer by our own convention, whatever the application's. */
export function answerError(
  error: FastifyError | unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  options: ErrorHandlersOptions,
): FastifyReply {
  const told = problemOf(error, request.routeOptions.config.errorStatus);
  logFailure(error, told, reply);
  return answer(error, told, request, reply, options);
}

/** Tells the log of what the server is to blame for, and at debug of who did not wait for the answer. */
export function logFailure(err: unknown, { status }: Problem, { log, raw }: FastifyReply): void {
  if (raw.destroyed && !raw.writableFinished) log.debug({ err }, "the client went away");
  else if (status >= 500) log.error({ err }, "the request failed");
}

const PROBLEM_TYPE = "application/problem+json";

function answer(
  error: unknown,
  told: Problem,
  request: FastifyRequest,
  reply: FastifyReply,
  { mapError }: ErrorHandlersOptions,
): FastifyReply {
  if (told.status === 401) reply.header("www-authenticate", challengeOf(request));
  const retryAfterMs = retryAfterMsOf(error);
  if (retryAfterMs !== undefined) reply.header("retry-after", Math.max(1, Math.ceil(retryAfterMs / 1_000)));
  const correlationId = correlationIdOf(request, reply) ?? correlationIdOfEvent(error);
  const full = correlationId === undefined ? told : { ...told, correlationId };
  try {
    const mapped = mapError?.(error, full, request);
    if (mapped !== undefined) return sendMapped(reply, mapped, full.status);
  } catch (err) {
    request.log.error({ err }, "mapError failed");
  }
  return send(reply, full.status, PROBLEM_TYPE, full);
}

function sendMapped(reply: FastifyReply, mapped: MappedError, problemStatus: number): FastifyReply {
  const {
    status = problemStatus,
    headers = {},
    contentType = "application/json; charset=utf-8",
    body,
  } = mapped;
  return send(reply.headers(headers), status, contentType, body);
}

function send(reply: FastifyReply, status: number, type: string, body: unknown): FastifyReply {
  // A serialiser of the route's would be for another shape.
  return reply
    .code(status)
    .type(type)
    .serializer((text: unknown) => text as string)
    .send(travelText(body));
}

function correlationIdOfEvent(error: unknown): string | undefined {
  return error instanceof EventError ? error.event && existingMeta(error.event)?.correlationId : undefined;
}

/** 405 with what is allowed where the path is known, else 404. */
function missingRoute(app: FastifyInstance, request: FastifyRequest, reply: FastifyReply): APIError {
  // It has been decoded once, or there would be no request for a route.
  const path = decodeURI(request.url.split(/[?#]/)[0] ?? "");
  const allowed = methodsOf(app, path);
  if (allowed.length === 0) return new APIError(404, "ROUTE_NOT_FOUND", `there is nothing at ${path}`);
  const methods = allowed.join(", ");
  reply.header("allow", methods);
  return new APIError(405, "METHOD_NOT_ALLOWED", `${path} takes ${methods}, not ${request.method}`);
}

/** What the endpoints at `path` take, and routes that are just that. */
function methodsOf(app: FastifyInstance, path: string): string[] {
  const methods = endpointsOf(app)
    .filter(({ pattern }) => pattern.test(path))
    .flatMap(({ contract, method }) => (method === "GET" && !contract.stream ? ["GET", "HEAD"] : [method]));
  // A path with these would be read as a pattern of routes.
  if (/[:*]/.test(path)) return [...new Set(methods)];
  const others = app.supportedMethods.filter((method) =>
    app.hasRoute({ method: method as HTTPMethods, url: path }),
  );
  return [...new Set([...methods, ...others])];
}

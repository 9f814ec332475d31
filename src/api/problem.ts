import { STATUS_CODES } from "node:http";
import { APIError, NotFoundError, ValidationError } from "../core/api-error.ts";
import {
  BulkheadFullError,
  CircuitBreakerOpenError,
  DeclaredError,
  type EventError,
  EventTimeoutError,
  EventValidationError,
  HostClosedError,
  IdempotencyKeyInUseError,
  IdempotencyKeyReusedError,
  RateLimitExceededError,
  UnhandledEventError,
} from "../core/errors.ts";
import { type AnyEvent, contractOf } from "../core/event.ts";
import { isOutage } from "../core/outage.ts";
import type { Problem } from "../core/problem.ts";
import type { Issue } from "../core/standard-schema.ts";

/** The HTTP status of declared errors, by code. */
export type ErrorStatus = Readonly<Record<string, number>>;

/**
 * What a thrown value is to the client. Whatever is not known is a 500 that says nothing of the inside.
 *
 * @param errorStatus - The status of each declared error that has one of its own.
 */
export function problemOf(error: unknown, errorStatus: ErrorStatus = {}): Problem {
  if (error instanceof EventValidationError || error instanceof ValidationError) {
    const detail = error instanceof ValidationError ? error.message : "the input is invalid";
    return { ...problem(422, error.code, detail), errors: error.issues.map(pointedOut) };
  }
  if (error instanceof DeclaredError) return declaredProblem(error, errorStatus[error.code]);
  if (error instanceof APIError) return apiProblem(error);
  const known = EVENT_PROBLEMS.find(([type]) => error instanceof type);
  if (known !== undefined) {
    const [, status, detail] = known;
    return { ...problem(status, (error as EventError).code, detail), ...timesOf(error) };
  }
  if (isOutage(error)) return problem(503, undefined, "something that this needs is out of reach");
  return foreignProblem(error) ?? problem(500, "INTERNAL_SERVER_ERROR");
}

/** When a refused request may come again, in ms from now, where that is known. */
export function retryAfterMsOf(error: unknown): number | undefined {
  const isRefused = error instanceof RateLimitExceededError || error instanceof CircuitBreakerOpenError;
  return isRefused ? error.retryAfterMs : undefined;
}

/** What may become of an event, in words that say nothing of the inside. */
const EVENT_PROBLEMS: readonly (readonly [
  type: abstract new (...args: never[]) => EventError<AnyEvent | undefined>,
  status: number,
  detail: string,
])[] = [
  [UnhandledEventError, 501, "no module handles this request"],
  [EventTimeoutError, 504, "the request took too long"],
  [HostClosedError, 503, "the server is shutting down"],
  [RateLimitExceededError, 429, "too many requests"],
  [CircuitBreakerOpenError, 503, "this is out of order and is being given time to recover"],
  [BulkheadFullError, 503, "too many requests are being handled already"],
  [IdempotencyKeyReusedError, 422, "this Idempotency-Key was used with another input before"],
  [IdempotencyKeyInUseError, 409, "a request with this Idempotency-Key is being handled"],
];

export function problem(status: number, code = codeOf(status), detail = titleOf(status)): Problem {
  return { type: "about:blank", title: titleOf(status), status, detail, code };
}

function apiProblem(error: APIError): Problem {
  const { status, code, message } = error;
  const told = problem(status, code, status < 500 ? message : undefined);
  if (!(error instanceof NotFoundError)) return told;
  const { resource, id } = error;
  return { ...told, resource, ...(id !== undefined && { id }) };
}

function timesOf(error: unknown): Pick<Problem, "timeoutMs" | "retryAfterMs"> {
  if (error instanceof EventTimeoutError) return { timeoutMs: error.timeoutMs };
  const retryAfterMs = retryAfterMsOf(error);
  return retryAfterMs === undefined ? {} : { retryAfterMs };
}

/** Its data as far as the contract declares it. */
function declaredProblem({ code, data, event, message }: DeclaredError, status = 422): Problem {
  const result = contractOf(event)?.errors[code]?.["~standard"].validate(data);
  const isDeclared = result !== undefined && "value" in result;
  return { ...problem(status, code, message), ...(isDeclared && { data: result.value }) };
}

/** What Fastify, its plugins and hooks throw for the client, by its `statusCode`. */
function foreignProblem(error: unknown): Problem | undefined {
  const {
    statusCode: status,
    code,
    name,
    message,
    expose,
  } = (error ?? {}) as Readonly<Record<string, unknown>>;
  const isOfFastify = typeof code === "string" && code.startsWith("FST_");
  const isForClients = Number.isInteger(status) && (status as number) >= 400 && (status as number) < 500;
  // A plugin that sheds load.
  if (!isForClients && !(isOfFastify && status === 503)) return undefined;
  // What parses JSON for Fastify throws a SyntaxError without a code. Others say `expose` where their message is fit.
  const isFit = isForClients && (isOfFastify || name === "SyntaxError" || expose === true);
  return problem(status as number, codeOf(status as number), isFit ? String(message) : undefined);
}

/** `{ path: ["items", 0, "name"] }` becomes `/items/0/name` (RFC 6901). */
function pointedOut({ message, path = [] }: Issue) {
  // By hand over whatever is iterable: a list of a library's own may give lists of its own.
  const keys = Array.from(path, (part) => String(typeof part === "object" ? part.key : part));
  const pointer = keys.map((key) => `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
  return { pointer, message };
}

function titleOf(status: number): string {
  return STATUS_CODES[status] ?? "Error";
}

/** `NOT_FOUND` */
function codeOf(status: number): string {
  // As our own limiter says it: a client has one thing to switch on.
  if (status === 429) return "RATE_LIMIT_EXCEEDED";
  return titleOf(status)
    .toUpperCase()
    .replace(/[^A-Z]+/g, "_");
}

import {
  APIError,
  AuthenticationError,
  AuthorizationError,
  ConflictError,
  NotFoundError,
  ValidationError,
} from "../core/api-error.ts";
import {
  BulkheadFullError,
  CircuitBreakerOpenError,
  DeclaredError,
  EventTimeoutError,
  EventValidationError,
  HostClosedError,
  IdempotencyKeyInUseError,
  IdempotencyKeyReusedError,
  RateLimitExceededError,
  UnhandledEventError,
} from "../core/errors.ts";
import { type AnyEvent, givenInput } from "../core/event.ts";
import type { Problem } from "../core/problem.ts";
import { revive } from "../core/revive.ts";
import type { Issue } from "../core/standard-schema.ts";
import type { Exchange } from "./answer.ts";
import { RemoteError } from "./errors.ts";

/** The error that a problem stands for, with the answer as its cause; the answer itself where it stands for none. */
export async function thrownBy(problem: Problem, exchange: Exchange): Promise<unknown> {
  const answer = remoteError(exchange, problem?.detail ?? "no detail", problem);
  try {
    const error = (await declaredError(problem, exchange)) ?? knownError(problem, exchange.event, answer);
    return error === answer ? answer : Object.defineProperty(error, "cause", { value: answer });
  } catch {
    return answer; // It is no problem of ours, or its data are no data of this code.
  }
}

/** An answer that is no output, as such. */
export function remoteError(
  { event, response: { headers, ok, status } }: Exchange,
  what: string,
  problem?: Problem,
  cause?: unknown,
): RemoteError {
  return new RemoteError(event, ok ? (problem?.status ?? status) : status, what, {
    correlationId: problem?.correlationId ?? headers.get("x-correlation-id") ?? undefined,
    retryAfterMs: problem?.retryAfterMs ?? retryAfterMs(headers.get("retry-after")),
    ...(cause !== undefined && { cause }),
  });
}

/** Seconds, or a date. */
function retryAfterMs(header: string | null): number | undefined {
  if (header === null) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

async function declaredError(
  { code, data }: Problem,
  { event, contract: { errors } }: Exchange,
): Promise<DeclaredError | undefined> {
  const schema = Object.hasOwn(errors, code) ? errors[code] : undefined;
  const result = await schema?.["~standard"].validate(revive(data, schema));
  return result && !result.issues ? new DeclaredError(event, code, result.value) : undefined;
}

function knownError(problem: Problem, event: AnyEvent, answer: RemoteError): Error {
  const { code, detail, timeoutMs = answer.retryAfterMs } = problem;
  // Neither is what a module says: the server broke, or does not serve the event here.
  if (typeof code !== "string" || /^(INTERNAL_SERVER_ERROR|ROUTE_NOT_FOUND)$/.test(code)) return answer;
  if (code === "EVENT_VALIDATION") return new EventValidationError(event.name, issuesOf(problem, event));
  const OfEvent = EVENT_ERRORS.get(code);
  if (OfEvent !== undefined) return new OfEvent(event, timeoutMs as never);
  const error = apiError(problem, event);
  // Applications may give a code of ours a meaning of their own.
  return error?.status === answer.status ? error : new APIError(answer.status, code, detail);
}

function apiError(problem: Problem, event: AnyEvent): APIError | undefined {
  const { code, detail, resource, id } = problem;
  switch (code) {
    case "VALIDATION":
      return new ValidationError(issuesOf(problem, event), detail);
    case "NOT_FOUND":
      return resource === undefined ? undefined : new NotFoundError(resource, id);
    case "AUTHENTICATION":
      return new AuthenticationError(detail);
    case "AUTHORIZATION":
      return new AuthorizationError(detail);
    case "CONFLICT":
      return new ConflictError(detail);
    default:
      return undefined;
  }
}

/** How those errors are made that are of an event and know no more than a time. */
type EventErrorClass = new (event: AnyEvent, ms: never) => Error;

const EVENT_ERRORS = new Map<string, EventErrorClass>([
  ["UNHANDLED_EVENT", UnhandledEventError],
  ["EVENT_TIMEOUT", EventTimeoutError],
  ["HOST_CLOSED", HostClosedError],
  ["RATE_LIMIT_EXCEEDED", RateLimitExceededError],
  ["CIRCUIT_BREAKER_OPEN", CircuitBreakerOpenError],
  ["BULKHEAD_FULL", BulkheadFullError],
  ["IDEMPOTENCY_KEY_REUSED", IdempotencyKeyReusedError],
  ["IDEMPOTENCY_KEY_IN_USE", IdempotencyKeyInUseError],
]);

/** The issues behind JSON Pointers (RFC 6901), which do not tell an index from a key: the input does. */
function issuesOf({ errors }: Problem, event: AnyEvent): Issue[] {
  // Without any it is no problem of ours: what that throws is caught in `thrownBy`.
  return (errors as NonNullable<typeof errors>).map(({ pointer, message }) => {
    let at = givenInput(event) as Record<string, unknown> | undefined;
    const path = pointer
      .split("/")
      .slice(1)
      .map((part) => {
        const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
        const isIndex = Array.isArray(at);
        at = at?.[key] as typeof at;
        return isIndex ? Number(key) : key;
      });
    return { message, path };
  });
}

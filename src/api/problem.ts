import { STATUS_CODES } from "node:http";
import { APIError, ValidationError } from "../core/api-error.ts";
import {
  DeclaredError,
  EventTimeoutError,
  EventValidationError,
  HostClosedError,
  UnhandledEventError,
} from "../core/errors.ts";
import { contractOf } from "../core/event.ts";
import type { Issue } from "../core/standard-schema.ts";

/**
 * A problem as it is told to a client.
 *
 * @see RFC 9457, Problem Details for HTTP APIs.
 */
export interface Problem {
  readonly type: "about:blank";
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** What a program switches on. */
  readonly code: string;
  /** What is wrong with the input, each with a JSON Pointer to it. */
  readonly errors?: readonly { readonly pointer: string; readonly message: string }[];
  /** What a declared error carries. */
  readonly data?: unknown;
}

/** What of Fastify's own errors is fit for clients. */
interface ClientError {
  readonly statusCode: number;
  readonly message: string;
}

/** What a thrown value is to the client. Whatever is not known is a 500 that says nothing of the inside. */
export function problemOf(error: unknown): Problem {
  if (error instanceof EventValidationError) {
    return { ...problem(422, error.code, "the input is invalid"), errors: error.issues.map(pointedOut) };
  }
  if (error instanceof ValidationError) {
    return { ...problem(422, error.code, error.message), errors: error.issues.map(pointedOut) };
  }
  if (error instanceof DeclaredError) {
    return { ...problem(statusOf(error), error.code, error.message), data: error.data };
  }
  if (error instanceof APIError && error.status < 500)
    return problem(error.status, error.code, error.message);
  if (error instanceof APIError) return problem(error.status, error.code);
  if (error instanceof UnhandledEventError) return problem(501, error.code, "no module handles this request");
  if (error instanceof EventTimeoutError) return problem(504, error.code, "the request took too long");
  if (error instanceof HostClosedError) return problem(503, error.code, "the server is shutting down");
  if (isClientError(error)) return problem(error.statusCode, codeOf(error.statusCode), error.message);
  return problem(500, "INTERNAL_SERVER_ERROR");
}

export function problem(status: number, code = codeOf(status), detail = titleOf(status)): Problem {
  return { type: "about:blank", title: titleOf(status), status, detail, code };
}

function statusOf({ code, event }: DeclaredError): number {
  const http = contractOf(event)?.http;
  return (typeof http === "object" ? http.errorStatus?.[code] : undefined) ?? 422;
}

function isClientError(error: unknown): error is ClientError {
  const { code, statusCode } = error as { code?: unknown; statusCode?: unknown };
  return (
    typeof code === "string" && code.startsWith("FST_") && typeof statusCode === "number" && statusCode < 500
  );
}

/** `{ path: ["items", 0, "name"] }` becomes `/items/0/name` (RFC 6901). */
function pointedOut({ message, path = [] }: Issue) {
  const keys = path.map((part) => String(typeof part === "object" ? part.key : part));
  const pointer = keys.map((key) => `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
  return { pointer, message };
}

function titleOf(status: number): string {
  return STATUS_CODES[status] ?? "Error";
}

/** `NOT_FOUND` */
function codeOf(status: number): string {
  return titleOf(status)
    .toUpperCase()
    .replace(/[^A-Z]+/g, "_");
}

import { refuseReservedCode, TSModulesError } from "./errors.ts";
import type { Issue } from "./standard-schema.ts";

/**
 * What any handler may say without declaring it: an HTTP status, a code and a message meant for the caller. It
 * crosses the host unchanged.
 *
 * @throws {ConfigurationError} if `code` is one of TSModules' own.
 */
export class APIError extends TSModulesError {
  override readonly name: string = "APIError";
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    refuseReservedCode(code, "an APIError");
    this.status = status;
    this.code = code;
  }
}

/** 404: `NotFoundError("user", "42")`. */
export class NotFoundError extends APIError {
  override readonly name = "NotFoundError";
  readonly resource: string;
  readonly id: string | undefined;

  constructor(resource: string, id?: string | number) {
    super(404, "NOT_FOUND", id === undefined ? `${resource} not found` : `${resource} "${id}" not found`);
    this.resource = resource;
    this.id = id === undefined ? undefined : String(id);
  }
}

/** 422: the input is well-formed, and wrong in a way that a schema cannot say. */
export class ValidationError extends APIError {
  override readonly name = "ValidationError";
  readonly issues: readonly Issue[];

  constructor(issues: readonly Issue[], message = "the input is invalid") {
    super(422, "VALIDATION", message);
    this.issues = issues;
  }
}

/** 401: nobody knows who is asking. */
export class AuthenticationError extends APIError {
  override readonly name = "AuthenticationError";

  constructor(message = "authentication is required") {
    super(401, "AUTHENTICATION", message);
  }
}

/** 403: it is known who is asking, and they may not. */
export class AuthorizationError extends APIError {
  override readonly name = "AuthorizationError";

  constructor(message = "you are not allowed to do this") {
    super(403, "AUTHORIZATION", message);
  }
}

/** 409: the request does not fit what is there. */
export class ConflictError extends APIError {
  override readonly name = "ConflictError";

  constructor(message: string) {
    super(409, "CONFLICT", message);
  }
}

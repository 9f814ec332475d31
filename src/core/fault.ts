import { APIError } from "./api-error.ts";
import {
  DeclaredError,
  EventHandlingError,
  EventValidationError,
  HostClosedError,
  RefusalError,
} from "./errors.ts";

/**
 * Whether a thrown value is a failure, and not an answer: declared errors, `APIError`s below 500, invalid input,
 * aborts and refusals tell the caller something and say nothing about the health of the module that threw them.
 */
export function isFault(error: unknown): boolean {
  if (error instanceof EventHandlingError) return isFault(error.cause);
  if (error instanceof APIError) return error.status >= 500;
  if (error instanceof DeclaredError || error instanceof EventValidationError) return false;
  if (error instanceof RefusalError || error instanceof HostClosedError) return false;
  return !(error instanceof Error && error.name === "AbortError");
}

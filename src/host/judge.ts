import { APIError } from "../core/api-error.ts";
import { DeclaredError, EventError, EventHandlingError } from "../core/errors.ts";
import { type AnyEvent, contractOf } from "../core/event.ts";
import { isFault } from "../core/fault.ts";
import type { Dispatch } from "./dispatch.ts";

/**
 * What the caller is to see of an error that came out of a handler: itself, where it is an answer or what became of
 * this very dispatch, else an EventHandlingError around it.
 */
export function judge(dispatch: Dispatch, error: unknown): unknown {
  const { event, binding } = dispatch;
  if (binding === undefined || isAbortOf(dispatch, error) || speaksOf(event, error)) return error;
  return new EventHandlingError(event, binding.module, error);
}

/** Whether a judged error is the failure of a handler, and not an answer, a refusal or an abort. */
export function isHandlerFailure(dispatch: Dispatch, error: unknown): boolean {
  return isFault(error) && speaksOf(dispatch.event, error) && !isAbortOf(dispatch, error);
}

/** Whether `error` is why the dispatch was aborted. */
export function isAbortOf({ scope }: Dispatch, error: unknown): boolean {
  return scope?.aborted === true && scope.reason === error;
}

function speaksOf(event: AnyEvent, error: unknown): boolean {
  if (error instanceof APIError) return true;
  if (!(error instanceof EventError && error.event === event)) return false;
  return !(error instanceof DeclaredError) || Object.hasOwn(contractOf(event)?.errors ?? {}, error.code);
}

/** The events whose errors `error` is or comes of. */
export function eventsBehind(error: unknown): readonly unknown[] {
  if (!(error instanceof EventError)) return [];
  return error.cause === undefined ? [error.event] : [error.event, ...eventsBehind(error.cause)];
}

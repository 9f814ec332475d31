import { EventError } from "../core/errors.ts";
import type { AnyEvent } from "../core/event.ts";

/** What is known of an answer that was no output. */
export interface RemoteDetails {
  readonly correlationId?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/**
 * The server answered, and not as this event is answered: a failure of its own, the page of a proxy, text that is no
 * JSON, a redirect (none is followed, because the token is for one origin). Of errors that came back as themselves it is
 * the `cause`.
 */
export class RemoteError extends EventError {
  override readonly name = "RemoteError";
  readonly code = "REMOTE";
  /** The HTTP status; 0 where a browser does not tell. */
  readonly status: number;
  /** By which the server's logs and traces have the request, where it says so. */
  readonly correlationId: string | undefined;
  /** When the server may be asked again, in ms from its answer, where it says so. */
  readonly retryAfterMs: number | undefined;

  constructor(event: AnyEvent, status: number, what: string, details: RemoteDetails = {}) {
    super(event, `"${event.name}" was answered with ${status}: ${what}`, details);
    this.status = status;
    this.correlationId = details.correlationId;
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** The server could not be reached, or the connection broke off before the answer was complete. */
export class NetworkError extends EventError {
  override readonly name = "NetworkError";
  readonly code = "NETWORK";

  constructor(event: AnyEvent, what: string, cause?: unknown) {
    super(event, `"${event.name}" got no answer: ${what}`, cause === undefined ? undefined : { cause });
  }
}

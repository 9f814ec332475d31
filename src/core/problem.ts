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
  /** By which the request is found in logs and traces. */
  readonly correlationId?: string;
  /** What is wrong with the input, each with a JSON Pointer to it. */
  readonly errors?: readonly { readonly pointer: string; readonly message: string }[];
  /** What a declared error carries. */
  readonly data?: unknown;
  /** What was not found. */
  readonly resource?: string;
  readonly id?: string;
  /** The time limit that passed. */
  readonly timeoutMs?: number;
  /** When the request may come again, from now; `Retry-After` says it in whole seconds. */
  readonly retryAfterMs?: number;
}

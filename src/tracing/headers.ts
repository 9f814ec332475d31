import { currentSpan } from "./current.ts";

/** The headers by which a call to the outside tells which trace it is part of. */
export interface TraceHeaders {
  readonly traceparent?: string;
  readonly tracestate?: string;
}

/**
 * The headers for a call that the running code makes: none where nothing traces.
 *
 * @example
 * await fetch(url, { headers: { ...getTraceHeaders() } });
 * @see https://www.w3.org/TR/trace-context-2/
 */
export function getTraceHeaders(): TraceHeaders {
  const span = currentSpan();
  if (span === undefined) return {};
  const tracestate = span.trace.remote?.tracestate;
  return { traceparent: span.traceparent, ...(tracestate !== undefined && { tracestate }) };
}

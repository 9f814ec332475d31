import { currentSpan } from "./current.ts";
import { formatTraceparent } from "./traceparent.ts";

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
  const { traceId, remote } = span.trace;
  const sampled = remote?.sampled ?? true;
  // Of an id that came from elsewhere, only its maker knows how it was drawn.
  const random = remote?.random ?? true;
  return {
    traceparent: formatTraceparent({ traceId, spanId: span.spanId, sampled, random }),
    ...(remote?.tracestate !== undefined && { tracestate: remote.tracestate }),
  };
}

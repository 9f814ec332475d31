import type * as Api from "@opentelemetry/api";
import { openTelemetry } from "../core/opentelemetry.ts";
import type { Span } from "./span.ts";
import type { RemoteParent, Trace } from "./trace.ts";

/** What an OpenTelemetry SDK makes of a span. */
export interface NativePart {
  readonly span: Api.Span;
  readonly context: Api.Context;
}

/** Begins a span of the OpenTelemetry SDK that is registered; undefined where there is none. */
export function nativePart(span: Span): NativePart | undefined {
  const api = openTelemetry("trace");
  if (api === undefined) return undefined;
  const { trace, name, parent, startedAt, attributes } = span;
  const around = contextAround(api, trace, parent);
  const native = api.trace
    .getTracer("tsmodules")
    .startSpan(name, { startTime: trace.epochMs(startedAt), attributes }, around);
  return { span: native, context: api.trace.setSpan(around, native) };
}

/** What the span is within: our parent, else what OpenTelemetry has as active, else the caller's span elsewhere. */
function contextAround(api: typeof Api, { remote }: Trace, parent: Span | undefined): Api.Context {
  if (parent?.nativePart !== undefined) return parent.nativePart.context;
  const active = api.context.active();
  if (remote === undefined || api.trace.getSpan(active) !== undefined) return active;
  return api.trace.setSpanContext(active, remoteContext(api, remote));
}

function remoteContext(
  api: typeof Api,
  { traceId, spanId, sampled, tracestate }: RemoteParent,
): Api.SpanContext {
  return {
    traceId,
    spanId,
    traceFlags: sampled ? api.TraceFlags.SAMPLED : api.TraceFlags.NONE,
    isRemote: true,
    ...(tracestate !== undefined && { traceState: api.createTraceState(tracestate) }),
  };
}

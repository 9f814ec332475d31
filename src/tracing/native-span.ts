import type * as Api from "@opentelemetry/api";
import { openTelemetry } from "../core/opentelemetry.ts";
import type { AttributeValue } from "../core/trace-context.ts";
import type { NativePart, Span } from "./span.ts";
import type { RemoteParent, Trace } from "./trace.ts";

/** Begins a span of the OpenTelemetry SDK that is registered; undefined where there is none. */
export function nativeSpan(
  trace: Trace,
  name: string,
  parent: Span | undefined,
  startedAt: number,
  attributes: Record<string, AttributeValue> | undefined,
): NativePart | undefined {
  const api = openTelemetry("trace");
  if (api === undefined) return undefined;
  const around = contextAround(api, trace, parent);
  const span = api.trace
    .getTracer("tsmodules")
    .startSpan(name, { startTime: trace.epochMs(startedAt), ...(attributes && { attributes }) }, around);
  return { span, context: api.trace.setSpan(around, span) };
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

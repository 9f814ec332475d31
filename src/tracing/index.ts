export type { AttributeValue, TraceHandle } from "../core/trace-context.ts";
export type { TraceExporter } from "./export-queue.ts";
export { getTraceHeaders, type TraceHeaders } from "./headers.ts";
export { OpenTelemetryExporter } from "./opentelemetry-exporter.ts";
export type { Span, SpanSnapshot } from "./span.ts";
export type { Trace, TraceSnapshot } from "./trace.ts";
export { formatTraceparent, parseTraceparent, type TraceParent } from "./traceparent.ts";
export {
  getCorrelationId,
  getCurrentTrace,
  getTracer,
  setTracer,
  type TraceOptions,
  Tracer,
  type TracerOptions,
} from "./tracer.ts";
export { parseTracestate } from "./tracestate.ts";

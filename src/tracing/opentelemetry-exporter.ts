import type { Context } from "@opentelemetry/api";
import { openTelemetry } from "../core/opentelemetry.ts";
import type { Span } from "./span.ts";
import type { Trace } from "./trace.ts";

/**
 * Gives finished traces to the OpenTelemetry SDK that is registered, with their times and parents. Under an SDK that
 * was there when a trace began, its spans are OpenTelemetry's own already, and there is nothing left to do.
 *
 * @example
 * const tracer = new Tracer({ exporter: new OpenTelemetryExporter() });
 */
export class OpenTelemetryExporter {
  export(trace: Trace): void {
    const api = openTelemetry("trace");
    if (api === undefined) return;
    const tracer = api.trace.getTracer("tsmodules");
    const contexts = new Map<Span, Context>();
    for (const span of trace.spans) {
      if (span.nativePart !== undefined) continue;
      const around = (span.parent && contexts.get(span.parent)) ?? api.ROOT_CONTEXT;
      const { startedAt, endedAt = trace.clock.now(), attributes, error } = span;
      const exported = tracer.startSpan(
        span.name,
        { startTime: trace.epochMs(startedAt), attributes },
        around,
      );
      if (error !== undefined) {
        exported.recordException(error);
        exported.setStatus({ code: api.SpanStatusCode.ERROR, message: error.message });
      }
      exported.end(trace.epochMs(endedAt));
      contexts.set(span, api.trace.setSpan(around, exported));
    }
  }
}

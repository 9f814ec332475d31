import { context, trace } from "@opentelemetry/api";
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  type ReadableSpan,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-node";
import { defineEvent, defineModule } from "tsmodules";
import { createTestHost } from "tsmodules/testing";
import { OpenTelemetryExporter, Tracer } from "tsmodules/tracing";
import { afterEach, describe, expect, it } from "vitest";
import { z } from "zod";

class Inner extends defineEvent("otel.inner", { input: z.object({ fails: z.boolean().default(false) }) }) {}
class Outer extends defineEvent("otel.outer", { input: z.object({ fails: z.boolean().default(false) }) }) {}

const exporter = new InMemorySpanExporter();
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });

const host = () =>
  createTestHost({ tracer: new Tracer() }).register(
    defineModule({ name: "both" }, (module) => {
      module.handle(Inner, ({ input }) => {
        trace.getTracer("library").startSpan("query").end();
        if (input.fails) throw new TypeError("down");
      });
      module.handle(Outer, async ({ input }, context) => {
        await context.host.send(new Inner({ fails: input.fails }));
      });
    }),
  );

const named = (name: string) =>
  exporter.getFinishedSpans().find((span) => span.name === name) as ReadableSpan;

afterEach(() => {
  exporter.reset();
  trace.disable();
  context.disable();
});

describe("under an OpenTelemetry SDK", () => {
  it("a dispatch is a span of its own, with the right parent, times and attributes", async () => {
    provider.register();
    const event = await host().handle(new Outer());
    const [outer, inner, query] = ["otel.outer", "otel.inner", "query"].map(named);

    expect(inner?.parentSpanContext?.spanId).toBe(outer?.spanContext().spanId);
    expect(query?.parentSpanContext?.spanId).toBe(inner?.spanContext().spanId);
    expect(event.meta.traceId).toBe(outer?.spanContext().traceId);
    expect(outer?.attributes).toEqual({ "rpc.system.name": "tsmodules", "rpc.method": "otel.outer" });
    expect(outer?.status.code).toBe(0);
    const startMs = (outer?.startTime[0] ?? 0) * 1e3 + (outer?.startTime[1] ?? 0) / 1e6;
    expect(Math.abs(startMs - Date.now())).toBeLessThan(5_000);
  });

  it("a failure is recorded with its exception", async () => {
    provider.register();
    await host()
      .handle(new Inner({ fails: true }))
      .catch(() => {});
    const span = named("otel.inner");

    expect(span.status).toEqual({ code: 2, message: "down" });
    expect(span.attributes["error.type"]).toBe("TypeError");
    expect(span.events).toMatchObject([{ name: "exception", attributes: { "exception.message": "down" } }]);
  });

  it("goes on with a caller's trace", async () => {
    provider.register();
    const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    await host().handle(new Inner({}, { meta: { traceparent } }));

    expect(named("otel.inner").spanContext().traceId).toBe("4bf92f3577b34da6a3ce929d0e0e4736");
    expect(named("otel.inner").parentSpanContext?.spanId).toBe("00f067aa0ba902b7");
  });

  it("the exporter gives it traces that began before it was there, once", async () => {
    const tracer = new Tracer({ exporter: new OpenTelemetryExporter() });
    await tracer.trace("early", async (given) => given.span("step", () => {}));
    provider.register();
    await tracer.trace("late", async () => {});
    await tracer.flush();

    expect(
      exporter
        .getFinishedSpans()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(["early", "late", "step"]);
    expect(named("step").parentSpanContext?.spanId).toBe(named("early").spanContext().spanId);
  });
});

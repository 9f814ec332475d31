import { ConfigurationError, defineEvent, defineModule, EventTimeoutError, NotFoundError } from "tsmodules";
import { createTestHost, FakeClock } from "tsmodules/testing";
import {
  getCorrelationId,
  getCurrentTrace,
  getTraceHeaders,
  getTracer,
  setTracer,
  type Trace,
  Tracer,
} from "tsmodules/tracing";
import { describe, expect, it, vi } from "vitest";
import { z } from "zod";

class Inner extends defineEvent("test.inner", { output: z.string() }) {}
class Outer extends defineEvent("test.outer", { output: z.string() }) {}

const REMOTE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

function traced() {
  const clock = new FakeClock();
  const tracer = new Tracer({ serviceName: "test", clock });
  const host = createTestHost({ clock, tracer }).register(
    defineModule({ name: "both" }, (module) => {
      module.handle(Inner, async (_event, { trace }) => {
        trace.setAttribute("depth", 2);
        return trace.span("look up", () => getTraceHeaders().traceparent ?? "");
      });
      module.handle(Outer, (_event, context) => context.host.send(new Inner()));
    }),
  );
  return { clock, tracer, host };
}

describe("Tracer", () => {
  it("records spans with their times, parents and attributes", async () => {
    const clock = new FakeClock();
    const tracer = new Tracer({ serviceName: "orders", clock });
    let trace: Trace | undefined;
    const result = await tracer.trace("process order", { correlationId: "order-123" }, async (given) => {
      trace = given;
      await given.span("validate", () => clock.advance(5));
      given.span("save", () => given.setAttribute("rows", 3));
      return "done";
    });

    expect(result).toBe("done");
    const root = trace?.root.spanId;
    expect(trace?.toJSON()).toMatchObject({
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
      correlationId: "order-123",
      serviceName: "orders",
      spans: [
        {
          name: "process order",
          parentSpanId: undefined,
          durationMs: 5,
          status: "ok",
          attributes: { rows: 3 },
        },
        {
          name: "validate",
          parentSpanId: root,
          durationMs: 5,
          spanId: expect.stringMatching(/^[0-9a-f]{16}$/),
        },
        { name: "save", parentSpanId: root, durationMs: 0 },
      ],
    });
    expect(Math.abs((trace?.toJSON().spans[0]?.startTime ?? 0) - Date.now())).toBeLessThan(1_000);
  });

  it("stays synchronous where the function is, and passes on what it throws", () => {
    const tracer = new Tracer({ clock: new FakeClock() });

    expect(tracer.trace("sync", () => 42)).toBe(42);
    expect(() =>
      tracer.trace("broken", () => {
        throw new Error("down");
      }),
    ).toThrow("down");
    expect(tracer.traces.map((trace) => trace.toJSON().spans[0])).toMatchObject([
      { name: "sync", status: "ok" },
      { name: "broken", status: "error", error: "down" },
    ]);
  });

  it("takes answers for no failures", () => {
    const tracer = new Tracer({ clock: new FakeClock() });
    const missing = () => {
      throw new NotFoundError("user");
    };

    expect(() => tracer.trace("get user", missing)).toThrow(NotFoundError);
    expect(tracer.traces[0]?.toJSON().spans[0]?.status).toBe("ok");
  });

  it("makes the trace current for everything that it begins", async () => {
    const tracer = new Tracer({ clock: new FakeClock() });
    expect([getCurrentTrace(), getCorrelationId(), getTraceHeaders()]).toEqual([undefined, undefined, {}]);

    await tracer.trace("work", { correlationId: "c" }, async (trace) => {
      await new Promise((resolve) => setImmediate(resolve));
      expect(getCurrentTrace()).toBe(trace);
      expect(getCorrelationId()).toBe("c");
      expect(getTraceHeaders()).toEqual({ traceparent: `00-${trace.traceId}-${trace.root.spanId}-03` });
    });
  });

  it("goes on with a caller's trace, whose bad tracestate costs nothing else", () => {
    const tracer = new Tracer({ clock: new FakeClock() });
    const headersOf = (tracestate: string) =>
      tracer.trace("serve", { traceparent: REMOTE, tracestate }, ({ root }) => ({
        ...getTraceHeaders(),
        own: root.spanId,
        parent: root.parentSpanId,
      }));

    const good = headersOf("rojo=1");
    expect(good).toMatchObject({
      traceparent: `00-4bf92f3577b34da6a3ce929d0e0e4736-${good.own}-01`,
      tracestate: "rojo=1",
      parent: "00f067aa0ba902b7",
    });
    const bad = headersOf("no state");
    expect(bad.traceparent).toBe(`00-4bf92f3577b34da6a3ce929d0e0e4736-${bad.own}-01`);
    expect(bad).not.toHaveProperty("tracestate");
  });

  it("exports finished traces off the hot path, and logs what the exporter fails with", async () => {
    const error = vi.fn();
    const exported: string[] = [];
    const exporter = {
      export(trace: Trace) {
        if (trace.root.name === "bad") throw new Error("refused");
        exported.push(trace.root.name);
      },
    };
    const tracer = new Tracer({ exporter, logger: { error }, clock: new FakeClock() });
    for (const name of ["a", "bad", "b"]) tracer.trace(name, () => {});
    expect(exported).toEqual([]);
    await tracer.flush();

    expect(exported).toEqual(["a", "b"]);
    expect(error).toHaveBeenCalledOnce();
  });

  it("keeps a bounded number of traces", () => {
    const tracer = new Tracer({ maxTraces: 2, clock: new FakeClock() });
    for (const name of ["a", "b", "c"]) tracer.trace(name, () => {});

    expect(tracer.traces.map(({ root }) => root.name)).toEqual(["b", "c"]);
  });

  it("is global for those who were given none", () => {
    const tracer = new Tracer({ serviceName: "mine" });
    setTracer(tracer);

    expect(getTracer()).toBe(tracer);
  });

  it("refuses wrong options by name", () => {
    expect(() => new Tracer({ serviceName: "" })).toThrow(ConfigurationError);
    expect(() => new Tracer({ exporter: 5 as never })).toThrow(
      "Tracer: exporter must be a function, or an object with export, not 5",
    );
  });
});

describe("a host that traces", () => {
  it("gives each event a correlation id", async () => {
    const { host } = traced();
    const event = await host.handle(new Inner());

    expect(event.meta.correlationId).toMatch(/^[0-9a-f]{32}$/);
    expect(event.meta.traceId).toBe(event.meta.correlationId);
  });

  it("keeps the correlation id that an event comes with", async () => {
    const { host, tracer } = traced();
    const event = await host.handle(new Inner({}, { meta: { correlationId: "given" } }));

    expect(event.meta.correlationId).toBe("given");
    expect(tracer.traces[0]?.correlationId).toBe("given");
  });

  it("makes one trace of an event and what it dispatches", async () => {
    const { host, tracer } = traced();
    await host.send(new Outer());
    const spans = tracer.traces[0]?.toJSON().spans ?? [];

    expect(tracer.traces).toHaveLength(1);
    expect(spans.map(({ name }) => name)).toEqual(["test.outer", "test.inner", "look up"]);
    expect(spans[1]).toMatchObject({
      parentSpanId: spans[0]?.spanId,
      attributes: { "rpc.system.name": "tsmodules", "rpc.method": "test.inner", depth: 2 },
    });
    expect(spans[2]?.parentSpanId).toBe(spans[1]?.spanId);
  });

  it("goes on with the trace that the event's meta brings", async () => {
    const { host } = traced();
    const traceparent = await host.send(new Inner({}, { meta: { traceparent: REMOTE } }));

    expect(traceparent).toMatch(/^00-4bf92f3577b34da6a3ce929d0e0e4736-[0-9a-f]{16}-01$/);
  });

  it("is part of the trace around it", async () => {
    const { host, tracer } = traced();
    await tracer.trace("request", () => host.send(new Inner()));

    expect(tracer.traces[0]?.toJSON().spans.map(({ name }) => name)).toEqual([
      "request",
      "test.inner",
      "look up",
    ]);
  });

  it("marks a span that failed", async () => {
    const { clock, tracer } = traced();
    const host = createTestHost({ clock, tracer }).register(
      defineModule({ name: "broken" }, (module) => {
        module.handle(Inner, () => {
          throw new Error("down");
        });
      }),
    );
    await host.handle(new Inner()).catch(() => {});

    expect(tracer.traces[0]?.toJSON().spans).toMatchObject([{ status: "error", error: "down" }]);
  });

  it("keeps of a failure what it says, and not the event that it is of", async () => {
    const tracer = new Tracer();
    await tracer.trace("work", () => Promise.reject(new EventTimeoutError(new Inner(), 5))).catch(() => {});

    expect(tracer.traces[0]?.spans[0]?.error).toEqual({
      name: "EventTimeoutError",
      message: expect.stringContaining("took longer than 5 ms"),
      stack: expect.any(String),
    });
  });

  it("traces handleSync, too", () => {
    const { clock, tracer } = traced();
    class Sync extends defineEvent("test.sync") {}
    const host = createTestHost({ clock, tracer }).register(
      defineModule({ name: "sync" }, (module) => module.handle(Sync, () => {})),
    );
    host.handleSync(new Sync());

    expect(tracer.traces.map(({ root }) => root.name)).toEqual(["test.sync"]);
  });

  it("hands out spans that only call where nothing traces", async () => {
    const host = createTestHost().register(
      defineModule({ name: "plain" }, (module) => {
        module.handle(Inner, (_event, { trace }) => trace.span("work", () => String(trace.traceId)));
      }),
    );

    expect(await host.send(new Inner())).toBe("undefined");
  });
});

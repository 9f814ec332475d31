import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import Fastify, { type FastifyServerOptions } from "fastify";
import { defineEvent, defineModule, type ModuleHostOptions } from "tsmodules";
import { addTracing, ModuleRouter, problemDetails, registerErrorHandlers } from "tsmodules/api";
import { createTestHost } from "tsmodules/testing";
import { Tracer } from "tsmodules/tracing";
import { describe, expect, it } from "vitest";
import { z } from "zod";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const TRACEPARENT = `00-${TRACE}-00f067aa0ba902b7-01`;

class GetMeta extends defineEvent("meta.get", {
  input: z.object({ id: z.string() }),
  output: z.record(z.string(), z.unknown()),
}) {}

const metas = defineModule({ name: "metas" }, (module) => {
  module.handle(GetMeta, ({ input, meta }) => {
    if (input.id === "broken") throw new Error("down");
    return { ...meta };
  });
});

/** An application whose answers are the meta of their events. */
function tracing(hostOptions: ModuleHostOptions = {}, appOptions: FastifyServerOptions = {}) {
  const host = createTestHost(hostOptions).register(metas);
  const app = Fastify({ ...problemDetails, ...appOptions });
  new ModuleRouter(host).registerEvent(GetMeta).mount(app);
  addTracing(app);
  registerErrorHandlers(app);
  const get = (headers: Record<string, string> = {}, url = "/metas/1") => app.inject({ url, headers });
  return { app, get };
}

describe("X-Correlation-ID", () => {
  it("goes with the event and comes back", async () => {
    const { get } = tracing();
    const response = await get({ "x-correlation-id": "order-123" });

    expect(response.headers["x-correlation-id"]).toBe("order-123");
    expect(response.json()).toEqual({ correlationId: "order-123" });
  });

  it("is made where there is none", async () => {
    const { get } = tracing();
    const ids = [await get(), await get()].map(({ headers }) => headers["x-correlation-id"]);

    expect(ids).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/), expect.stringMatching(/^[0-9a-f]{32}$/)]);
    expect(ids[0]).not.toBe(ids[1]);
  });

  it.each(["", "two words", "a,b", "<script>", "é", "a\tb", '"quoted"', "a".repeat(129)])(
    "is replaced where it is %j",
    async (given) => {
      const { get } = tracing();

      expect((await get({ "x-correlation-id": given })).headers["x-correlation-id"]).toMatch(
        /^[0-9a-f]{32}$/,
      );
    },
  );

  it.each(["a".repeat(128), "8d7c6f2e-1b", "Root=1-5759e988", "a/b+c==", "user@host:1.2_3"])(
    "is taken as %s",
    async (given) => {
      const { get } = tracing();

      expect((await get({ "x-correlation-id": given })).headers["x-correlation-id"]).toBe(given);
    },
  );

  it.each([
    ["a failure", "/metas/broken", 500],
    ["an unknown route", "/nothing", 404],
    ["a URL that cannot be decoded", "/metas/%zz", 400],
  ])("is on %s and in its problem", async (_what, url, status) => {
    const { get } = tracing();
    const response = await get({ "x-correlation-id": "order-123" }, url);

    expect(response.statusCode).toBe(status);
    expect(response.headers["x-correlation-id"]).toBe("order-123");
    expect(response.json()).toMatchObject({ status, correlationId: "order-123" });
  });

  it("is on what a hook before it refused", async () => {
    const app = Fastify();
    app.addHook("onRequest", async () => {
      throw Object.assign(new Error("no"), { statusCode: 403 });
    });
    registerErrorHandlers(app);
    addTracing(app);
    const response = await app.inject({ url: "/", headers: { "x-correlation-id": "order-123" } });

    expect(response.headers["x-correlation-id"]).toBe("order-123");
    expect(response.json()).toMatchObject({ status: 403, correlationId: "order-123" });
  });

  it("is in the lines that the request logs", async () => {
    const lines: string[] = [];
    const { get } = tracing({}, { logger: { stream: { write: (line: string) => void lines.push(line) } } });
    await get({ "x-correlation-id": "order-123" }, "/metas/broken");
    const logged = lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg !== "incoming request");

    expect(logged.map(({ msg, correlationId }) => [msg, correlationId])).toEqual([
      ["the request failed", "order-123"],
      ["request completed", "order-123"],
    ]);
  });

  it("is neither read nor sent by an application that does not trace", async () => {
    const host = createTestHost().register(metas);
    const app = Fastify();
    new ModuleRouter(host).registerEvent(GetMeta).mount(app);
    const response = await app.inject({ url: "/metas/1", headers: { "x-correlation-id": "order-123" } });

    expect(response.headers).not.toHaveProperty("x-correlation-id");
    expect(response.json()).toEqual({});
  });

  it("holds for every request of a connection, and not for the next one", async () => {
    const { app } = tracing();
    addTracing(app); // Twice is once.
    const { port, hostname } = new URL(await app.listen({ port: 0, host: "127.0.0.1" }));
    const socket = connect(Number(port), hostname);
    socket.write("GET /metas/1 HTTP/1.1\r\nHost: a\r\nX-Correlation-ID: first\r\n\r\n");
    socket.write("GET /metas/1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    const answers = await text(socket);

    expect(answers.match(/x-correlation-id: .*/g)).toEqual([
      "x-correlation-id: first",
      expect.not.stringContaining("first"),
    ]);
    await Promise.all([app.close(), once(socket, "close")]);
  });
});

describe("traceparent", () => {
  it("is gone on with by a host that traces, which tells its own", async () => {
    const tracer = new Tracer();
    const { get } = tracing({ tracer });
    const response = await get({ traceparent: TRACEPARENT, tracestate: "rojo=1 , congo=2" });
    const [trace] = tracer.traces;

    expect(trace?.traceId).toBe(TRACE);
    expect(trace?.root.parentSpanId).toBe("00f067aa0ba902b7");
    expect(response.headers.traceparent).toBe(`00-${TRACE}-${trace?.root.spanId}-01`);
    expect(response.headers["x-correlation-id"]).toBe(TRACE);
    expect(response.json()).toMatchObject({
      traceId: TRACE,
      correlationId: TRACE,
      tracestate: "rojo=1,congo=2",
    });
  });

  it("is told of what failed, too", async () => {
    const tracer = new Tracer();
    const { get } = tracing({ tracer });
    const response = await get({ traceparent: TRACEPARENT }, "/metas/broken");

    expect(response.headers.traceparent).toBe(`00-${TRACE}-${tracer.traces[0]?.root.spanId}-01`);
  });

  it("is not told where a trace begins here: its id is the correlation id", async () => {
    const tracer = new Tracer();
    const { get } = tracing({ tracer });
    const response = await get();

    expect(response.headers).not.toHaveProperty("traceparent");
    expect(response.headers["x-correlation-id"]).toBe(tracer.traces[0]?.traceId);
  });

  it("is ignored where it is malformed, and tracestate with it", async () => {
    const tracer = new Tracer();
    const { get } = tracing({ tracer });
    const response = await get({ traceparent: `${TRACEPARENT},${TRACEPARENT}`, tracestate: "rojo=1" });

    expect(tracer.traces[0]?.traceId).not.toBe(TRACE);
    expect(response.json()).not.toHaveProperty("tracestate");
  });

  it("goes on without a tracestate that is malformed", async () => {
    const { get } = tracing({ tracer: new Tracer() });
    const response = await get({ traceparent: TRACEPARENT, tracestate: "no state" });

    expect(response.headers.traceparent).toContain(TRACE);
    expect(response.json()).not.toHaveProperty("tracestate");
  });

  it("is not told where the host does not trace", async () => {
    const { get } = tracing();

    expect((await get({ traceparent: TRACEPARENT })).headers).not.toHaveProperty("traceparent");
  });
});

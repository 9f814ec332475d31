import compress from "@fastify/compress";
import cors from "@fastify/cors";
import helmet from "@fastify/helmet";
import rateLimit from "@fastify/rate-limit";
import underPressure from "@fastify/under-pressure";
import Fastify, { type FastifyInstance, type FastifyServerOptions } from "fastify";
import { defineEvent, defineModule, type ModuleHostOptions } from "tsmodules";
import { addTracing, ModuleRouter, registerErrorHandlers } from "tsmodules/api";
import { createTestHost } from "tsmodules/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";

class GetText extends defineEvent("text.get", {
  input: z.object({ id: z.coerce.number() }),
  output: z.object({ text: z.string() }),
}) {}
class CreateText extends defineEvent("text.create", {
  input: z.object({ text: z.string() }),
  output: z.object({ length: z.number() }),
}) {}
class Count extends defineEvent("number.count", {
  output: z.number(),
  stream: true,
  http: { method: "GET", path: "/count" },
}) {}

/** An application with a plugin, registered before the routes as its documentation says. */
async function withPlugin(
  register: (app: FastifyInstance) => unknown,
  { host: hostOptions, ...options }: FastifyServerOptions & { host?: ModuleHostOptions } = {},
) {
  const released = Promise.withResolvers<void>();
  const host = createTestHost(hostOptions ?? {}).register(
    defineModule({ name: "texts" }, (module) => {
      module.handle(GetText, ({ input }) => ({ text: "x".repeat(input.id) }));
      module.handle(CreateText, ({ input }) => ({ length: input.text.length }));
      module.handle(Count, async function* () {
        yield 1;
        await released.promise;
        yield 2;
      });
    }),
  );
  const app = Fastify(options);
  registerErrorHandlers(app);
  addTracing(app);
  await register(app);
  new ModuleRouter(host).registerEvent(GetText).registerEvent(CreateText).registerEvent(Count).mount(app);
  return { app, release: released.resolve };
}

describe("@fastify/cors", () => {
  const origin = "https://shop.example";

  it("answers preflights, and lets browsers read the correlation id", async () => {
    const { app } = await withPlugin((app) =>
      app.register(cors, { origin, exposedHeaders: ["X-Correlation-ID"] }),
    );
    const preflight = await app.inject({
      method: "OPTIONS",
      url: "/texts",
      headers: { origin, "access-control-request-method": "POST" },
    });
    const { headers } = await app.inject({ url: "/texts/1", headers: { origin } });

    expect(preflight.statusCode).toBe(204);
    expect(preflight.headers["access-control-allow-origin"]).toBe(origin);
    expect(headers["access-control-expose-headers"]).toBe("X-Correlation-ID");
    expect(headers["x-correlation-id"]).toBeDefined();
  });

  it("is on problems too", async () => {
    const { app } = await withPlugin((app) => app.register(cors, { origin }));
    const { statusCode, headers } = await app.inject({ url: "/texts/many", headers: { origin } });

    expect([statusCode, headers["access-control-allow-origin"]]).toEqual([422, origin]);
  });
});

describe("@fastify/helmet", () => {
  it.each(["/texts/1", "/texts/many", "/nothing"])("secures %s", async (url) => {
    const { app } = await withPlugin((app) => app.register(helmet));

    expect((await app.inject(url)).headers).toMatchObject({
      "x-content-type-options": "nosniff",
      "strict-transport-security": expect.stringContaining("max-age="),
    });
  });
});

describe("@fastify/compress", () => {
  const headers = { "accept-encoding": "gzip" };

  it("compresses answers", async () => {
    const { app } = await withPlugin((app) => app.register(compress));
    const { headers: given, rawPayload } = await app.inject({ url: "/texts/5000", headers });

    expect(given["content-encoding"]).toBe("gzip");
    expect(rawPayload.length).toBeLessThan(1_000);
  });

  it("leaves problems readable", async () => {
    const { app } = await withPlugin((app) => app.register(compress));

    expect((await app.inject({ url: "/texts/many", headers })).json()).toMatchObject({ status: 422 });
  });

  it.each([
    ["text/event-stream", "data: 1\n\n"],
    ["application/x-ndjson", "1\n"],
  ])("holds no item of %s back", async (accept, first) => {
    const { app, release } = await withPlugin((app) => app.register(compress));
    const address = await app.listen({ port: 0, host: "127.0.0.1" });
    const { body } = await fetch(`${address}/count`, { headers: { ...headers, accept } });
    const items = body?.pipeThrough(new TextDecoderStream()).getReader();

    expect((await items?.read())?.value).toBe(first);
    release();
    await items?.cancel();
    await app.close();
  });

  it("has what it cannot decompress refused as a problem", async () => {
    const { app } = await withPlugin((app) => app.register(compress));
    const response = await app.inject({
      method: "POST",
      url: "/texts",
      headers: { "content-encoding": "gzip", "content-type": "application/json" },
      body: "no gzip",
    });

    expect(response.json()).toMatchObject({ status: 400, title: "Bad Request" });
  });
});

describe("@fastify/rate-limit", () => {
  it("tells what is left, then refuses by a problem that says when to come again", async () => {
    const { app } = await withPlugin((app) =>
      app.register(rateLimit, { max: 1, timeWindow: 60_000, enableDraftSpec: true }),
    );
    const first = await app.inject("/texts/1");
    const second = await app.inject("/texts/1");

    expect(first.headers).toMatchObject({ "ratelimit-limit": "1", "ratelimit-remaining": "0" });
    expect(second.statusCode).toBe(429);
    expect(second.headers).toMatchObject({
      "content-type": "application/problem+json",
      "ratelimit-remaining": "0",
      "retry-after": "60",
    });
    expect(second.json()).toMatchObject({
      title: "Too Many Requests",
      code: "RATE_LIMIT_EXCEEDED",
      correlationId: second.headers["x-correlation-id"],
    });
  });

  it("and the host's own limiter are refused alike", async () => {
    const { app } = await withPlugin(() => {}, { host: { rateLimiter: { rate: 0.1, burst: 1 } } });
    await app.inject("/texts/1");
    const { statusCode, headers, body } = await app.inject("/texts/1");

    expect([statusCode, headers["retry-after"], JSON.parse(body).code]).toEqual([
      429,
      "10",
      "RATE_LIMIT_EXCEEDED",
    ]);
  });
});

describe("@fastify/under-pressure", () => {
  it("sheds load by a problem that says when to come again", async () => {
    const { app } = await withPlugin((app) =>
      app.register(underPressure, {
        healthCheck: async () => false,
        healthCheckInterval: 60_000,
        retryAfter: 50,
      }),
    );
    const response = await app.inject("/texts/1");

    expect(response.headers["retry-after"]).toBe("50");
    expect(response.json()).toMatchObject({ status: 503, code: "SERVICE_UNAVAILABLE" });
    await app.close();
  });
});

describe("bodyLimit", () => {
  it("refuses a larger body by a problem", async () => {
    const { app } = await withPlugin(() => {}, { bodyLimit: 100 });
    const response = await app.inject({ method: "POST", url: "/texts", body: { text: "x".repeat(100) } });

    expect(response.json()).toMatchObject({ status: 413, code: "PAYLOAD_TOO_LARGE" });
  });
});

describe("what hooks and other plugins throw", () => {
  it.each([
    ["a message for clients", { statusCode: 418, expose: true }, 418, "brewing at 10.0.0.1"],
    ["a message for nobody in particular", { statusCode: 418 }, 418, "I'm a Teapot"],
    ["a failure", { statusCode: 502, expose: true }, 500, "Internal Server Error"],
    ["a status that is none", { statusCode: 418.5 }, 500, "Internal Server Error"],
  ])("with %s", async (_what, fields, status, detail) => {
    const { app } = await withPlugin((app) => {
      app.addHook("onRequest", async () => {
        throw Object.assign(new Error("brewing at 10.0.0.1"), fields);
      });
    });

    expect((await app.inject("/texts/1")).json()).toMatchObject({ status, detail });
  });
});

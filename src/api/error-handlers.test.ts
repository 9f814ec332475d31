import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import Fastify, { type InjectOptions } from "fastify";
import {
  type AnyEventClass,
  ConflictError,
  defineEvent,
  defineModule,
  type ModuleHostOptions,
} from "tsmodules";
import {
  type ErrorHandlersOptions,
  ModuleRouter,
  problemDetails,
  registerErrorHandlers,
} from "tsmodules/api";
import { createTestHost, FakeClock } from "tsmodules/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";

class CreateUser extends defineEvent("user.create", {
  input: z.object({ name: z.string() }),
  output: z.object({ id: z.string() }),
  errors: { NAME_TAKEN: z.object({ name: z.string() }), TOO_MANY: z.object({}) },
  timeoutMs: 20,
  http: { errorStatus: { NAME_TAKEN: 409 } },
}) {}

const users = defineModule({ name: "users" }, (module) => {
  module.handle(CreateUser, async ({ input: { name } }, { fail }) => {
    if (name === "taken") throw fail("NAME_TAKEN", { name });
    if (name === "many") throw fail("TOO_MANY", {});
    if (name === "conflict") throw new ConflictError("the name is reserved");
    if (name === "bug") throw new Error("password=secret");
    if (name === "slow") await new Promise(() => {});
    return { id: "1" };
  });
});

function createApp() {
  const host = createTestHost().register(users);
  const app = Fastify({ bodyLimit: 1_000 });
  registerErrorHandlers(app);
  new ModuleRouter(host).registerEvent(CreateUser).mount(app);
  return { app, host };
}

function serving(event: AnyEventClass) {
  const app = Fastify();
  registerErrorHandlers(app);
  new ModuleRouter(createTestHost()).registerEvent(event).mount(app);
  return app;
}

const ofDays = () =>
  defineEvent("day.look", {
    input: z.object({ year: z.string(), month: z.string(), day: z.string() }),
    http: { method: "GET", path: "/days/{year}-{month}-{day}" },
  });

const json = { "content-type": "application/json" };
const create = (body: object | string, headers = json): InjectOptions => ({
  method: "POST",
  url: "/users",
  headers,
  body,
});

describe("problem details", () => {
  it.each([
    [
      "invalid input",
      create({ name: 42 }),
      { status: 422, code: "EVENT_VALIDATION", errors: [{ pointer: "/name" }] },
    ],
    ["a declared error", create({ name: "many" }), { status: 422, code: "TOO_MANY", data: {} }],
    [
      "one with a status",
      create({ name: "taken" }),
      { status: 409, code: "NAME_TAKEN", data: { name: "taken" } },
    ],
    [
      "an APIError",
      create({ name: "conflict" }),
      { status: 409, code: "CONFLICT", detail: "the name is reserved" },
    ],
    ["a time limit", create({ name: "slow" }), { status: 504, code: "EVENT_TIMEOUT" }],
    ["malformed JSON", create("{bad"), { status: 400, code: "BAD_REQUEST" }],
    [
      "another type",
      create("a,b", { "content-type": "text/csv" }),
      { status: 415, code: "UNSUPPORTED_MEDIA_TYPE" },
    ],
    ["a body too large", create({ name: "a".repeat(2_000) }), { status: 413, code: "PAYLOAD_TOO_LARGE" }],
    ["an unknown route", { url: "/nothing" }, { status: 404, detail: "there is nothing at /nothing" }],
  ])("tell of %s", async (_what, request, problem) => {
    const { app } = createApp();
    const response = await app.inject(request);

    expect(response.headers["content-type"]).toMatch(/^application\/problem\+json/);
    expect(response.statusCode).toBe(problem.status);
    expect(response.json()).toMatchObject({ type: "about:blank", title: expect.any(String), ...problem });
  });

  it("say nothing of the inside when something broke", async () => {
    const { app } = createApp();
    const { statusCode, body } = await app.inject(create({ name: "bug" }));

    expect(statusCode).toBe(500);
    expect(JSON.parse(body)).toEqual({
      type: "about:blank",
      title: "Internal Server Error",
      status: 500,
      detail: "Internal Server Error",
      code: "INTERNAL_SERVER_ERROR",
    });
  });

  it("tell of a wrong method, with those that are right", async () => {
    const { app } = createApp();
    const response = await app.inject({ method: "PATCH", url: "/users" });

    expect(response.statusCode).toBe(405);
    expect(response.headers.allow).toBe("POST");
    expect(response.json()).toMatchObject({
      code: "METHOD_NOT_ALLOWED",
      detail: "/users takes POST, not PATCH",
    });
  });

  it.each(["/days/1-2-3", "/days/1-2-3-4"])(
    "tell of what %s takes, where it has several parameters",
    async (url) => {
      const response = await serving(ofDays()).inject({ method: "PATCH", url });

      expect([response.statusCode, response.headers.allow]).toEqual([405, "GET, HEAD"]);
    },
  );

  it("take no time over a path that could be parameters in many ways", async () => {
    const app = serving(ofDays());
    await app.ready();
    const startedAt = performance.now();
    const response = await app.inject({ method: "PATCH", url: `/days/${"-".repeat(10_000)}/` });

    expect(response.statusCode).toBe(404);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });

  it("tell of an unknown route with a fragment, which is no part of it", async () => {
    const app = serving(ofDays());
    const socket = connect(
      Number(new URL(await app.listen({ port: 0, host: "127.0.0.1" })).port),
      "127.0.0.1",
    );
    socket.end("GET /nothing#%zz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    const answer = await text(socket);
    await app.close();

    expect(answer).toMatch(/^HTTP\/1.1 404 /);
    expect(answer).toContain("there is nothing at /nothing");
  });

  it("tell of a host that closes", async () => {
    const { app, host } = createApp();
    await host.close();

    expect((await app.inject(create({ name: "Ada" }))).json()).toMatchObject({
      status: 503,
      code: "HOST_CLOSED",
    });
  });
});

describe("a refusal", () => {
  class Ask extends defineEvent("thing.ask", { output: z.string() }) {}

  /** An application whose only event fails as it is told, and the answer to the last of so many requests. */
  async function lastOf(requests: number, options: ModuleHostOptions, handler: () => string) {
    const host = createTestHost(options).register(
      defineModule({ name: "asked" }, (module) => module.handle(Ask, handler)),
    );
    const app = Fastify();
    registerErrorHandlers(app);
    new ModuleRouter(host).registerEvent(Ask).mount(app);
    const ask = () => app.inject({ method: "POST", url: "/things/ask" });
    for (let request = 1; request < requests; request++) await ask();
    return ask();
  }

  it("by a rate limit says when to come again", async () => {
    const rateLimiter = { rate: 0.1, burst: 1, clock: new FakeClock() };
    const response = await lastOf(2, { rateLimiter }, () => "yes");

    expect(response.headers["retry-after"]).toBe("10");
    expect(response.json()).toMatchObject({ status: 429, code: "RATE_LIMIT_EXCEEDED" });
  });

  it("by an open circuit says so, too", async () => {
    const circuitBreaker = { failureThreshold: 1, recoveryTimeoutMs: 1_500, clock: new FakeClock() };
    const response = await lastOf(2, { circuitBreaker }, () => {
      throw new Error("broken");
    });

    expect(response.headers["retry-after"]).toBe("2");
    expect(response.json()).toMatchObject({ status: 503, code: "CIRCUIT_BREAKER_OPEN" });
  });
});

describe("without registerErrorHandlers", () => {
  it("events fail with problem details all the same", async () => {
    const app = Fastify();
    new ModuleRouter(createTestHost().register(users)).registerEvent(CreateUser).mount(app);

    expect((await app.inject(create({ name: 42 }))).json()).toMatchObject({ status: 422 });
    expect((await app.inject(create({ name: "bug" }))).body).not.toContain("secret");
  });

  it("an application's own handler answers", async () => {
    const app = Fastify();
    new ModuleRouter(createTestHost().register(users)).registerEvent(CreateUser).mount(app);
    app.setErrorHandler((_error, _request, reply) => reply.code(418).send("mine"));

    expect(await app.inject(create({ name: 42 }))).toMatchObject({ statusCode: 418, body: "mine" });
  });
});

describe("mapError", () => {
  function mapping(mapError: ErrorHandlersOptions["mapError"]) {
    const app = Fastify();
    registerErrorHandlers(app, { ...(mapError && { mapError }) });
    new ModuleRouter(createTestHost().register(users)).registerEvent(CreateUser).mount(app);
    return app;
  }

  it("gives errors the shape that an application has for them", async () => {
    const app = mapping((_error, { detail, errors }) => ({
      body: { errors: { body: errors?.map(({ pointer, message }) => `${pointer} ${message}`) ?? [detail] } },
      headers: { "x-kind": "error" },
    }));
    const invalid = await app.inject(create({ name: 42 }));

    expect(invalid.statusCode).toBe(422);
    expect(invalid.headers).toMatchObject({
      "content-type": "application/json; charset=utf-8",
      "x-kind": "error",
    });
    expect(invalid.json()).toEqual({
      errors: { body: ["/name Invalid input: expected string, received number"] },
    });
    expect((await app.inject("/nothing")).json()).toEqual({
      errors: { body: ["there is nothing at /nothing"] },
    });
  });

  it("is what registerErrorHandlers takes, and nothing else", () => {
    expect(() => registerErrorHandlers(Fastify(), { mapErrors: () => {} } as never)).toThrow(
      "registerErrorHandlers: unknown option mapErrors",
    );
  });

  it("may choose the status by the error itself, and leave others alone", async () => {
    const app = mapping((error) =>
      error instanceof ConflictError ? { status: 400, body: { message: error.message } } : undefined,
    );

    expect(await app.inject(create({ name: "conflict" }))).toMatchObject({
      statusCode: 400,
      body: '{"message":"the name is reserved"}',
    });
    expect((await app.inject(create({ name: "many" }))).json()).toMatchObject({ code: "TOO_MANY" });
  });
});

describe("a mapError that fails", () => {
  it.each<[string, ErrorHandlersOptions["mapError"]]>([
    [
      "throws",
      () => {
        throw new Error("password=secret");
      },
    ],
    [
      "gives what is no JSON",
      () => ({
        body: {
          toJSON() {
            throw new Error("password=secret");
          },
        },
      }),
    ],
    ["gives no status", () => ({ status: 7, body: {} })],
  ])("because it %s leaves the problem, and says why in the log alone", async (_why, mapError) => {
    const lines: string[] = [];
    const app = Fastify({
      logger: { level: "error", stream: { write: (line: string) => void lines.push(line) } },
    });
    registerErrorHandlers(app, { ...(mapError && { mapError }) });
    const response = await app.inject("/nothing");

    expect(response.json()).toMatchObject({ status: 404, code: "ROUTE_NOT_FOUND" });
    expect(response.headers["content-type"]).toBe("application/problem+json");
    expect(lines).toEqual([expect.stringContaining("mapError failed")]);
  });
});

describe("problemDetails", () => {
  it("makes a problem of a URL that cannot be decoded", async () => {
    const app = Fastify({ ...problemDetails });
    registerErrorHandlers(app);
    app.get("/", () => "");
    const response = await app.inject("/%zz");

    expect(response.headers["content-type"]).toBe("application/problem+json");
    expect(response.json()).toMatchObject({ status: 400, code: "BAD_REQUEST" });
  });

  it.each([
    ["is no HTTP", "nonsense\r\n\r\n", 400],
    ["has too many headers", `GET / HTTP/1.1\r\nx: ${"a".repeat(20_000)}\r\n\r\n`, 431],
  ])("makes one of a request that %s", async (_what, request, status) => {
    const app = Fastify({ ...problemDetails });
    const { port, hostname } = new URL(await app.listen({ port: 0, host: "127.0.0.1" }));
    const socket = connect(Number(port), hostname);
    socket.end(request);
    const [head = "", body = ""] = (await text(socket)).split("\r\n\r\n");
    await app.close();

    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(JSON.parse(body)).toMatchObject({ type: "about:blank", status });
  });
});

describe("what is no HTTP", () => {
  async function connected() {
    const app = Fastify({ ...problemDetails });
    const released = Promise.withResolvers<void>();
    app.get("/", async (_request, reply) => {
      reply.hijack();
      reply.raw.writeHead(200, { "content-length": 4 }).write("he");
      await released.promise;
      reply.raw.end("re");
    });
    const { port, hostname } = new URL(await app.listen({ port: 0, host: "127.0.0.1" }));
    const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
    return { app, socket, release: released.resolve };
  }

  it("ends its connection, also where the client would keep it", async () => {
    const { app, socket } = await connected();
    const opened = once(app.server, "connection");
    socket.write("nonsense\r\n\r\n");
    const [connection] = await opened;
    await once(connection, "close");
    socket.destroy();
    await app.close();
  });

  it("puts no problem into the middle of an answer", async () => {
    const { app, socket, release } = await connected();
    socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    const received: string[] = [];
    socket.on("data", (data) => received.push(data.toString()));
    await once(socket, "data");
    socket.write("nonsense\r\n\r\n");
    await once(socket, "end");
    socket.destroy();
    release();
    await app.close();

    expect(received.join("")).not.toContain("400");
  });
});

describe("a client that goes away", () => {
  it("aborts the dispatch", async () => {
    class Wait extends defineEvent("thing.wait", { output: z.string() }) {}
    const { promise: began, resolve: begin } = Promise.withResolvers<AbortSignal>();
    const host = createTestHost().register(
      defineModule({ name: "waiter" }, (module) => {
        module.handle(Wait, (_event, { signal }) => {
          begin(signal);
          return new Promise(() => {});
        });
      }),
    );
    const app = Fastify();
    registerErrorHandlers(app);
    new ModuleRouter(host).registerEvent(Wait).mount(app);
    const { port, hostname } = new URL(await app.listen({ port: 0, host: "127.0.0.1" }));
    const socket = connect(Number(port), hostname);
    socket.write("POST /things/wait HTTP/1.1\r\nHost: test\r\nContent-Length: 0\r\n\r\n");

    const signal = await began;
    const aborted = once(signal, "abort");
    socket.destroy();
    await aborted;

    expect(host.eventsInProgress.size).toBe(0);
    await app.close();
  });

  it("is no failure of the server", async () => {
    class Wait extends defineEvent("thing.wait") {}
    const { promise: began, resolve: begin } = Promise.withResolvers<void>();
    const host = createTestHost().register(
      defineModule({ name: "waiter" }, (module) => {
        module.handle(Wait, (_event, { signal }) => {
          begin();
          return new Promise((_resolve, reject) =>
            signal.addEventListener("abort", () => reject(signal.reason)),
          );
        });
      }),
    );
    const records: { level: number; msg: string }[] = [];
    const gone = Promise.withResolvers<void>();
    const write = (line: string) => {
      const record = JSON.parse(line);
      records.push(record);
      if (record.msg === "the client went away") gone.resolve();
    };
    const app = Fastify({ logger: { level: "debug", stream: { write } } });
    registerErrorHandlers(app);
    new ModuleRouter(host).registerEvent(Wait).mount(app);
    const { port, hostname } = new URL(await app.listen({ port: 0, host: "127.0.0.1" }));
    const socket = connect(Number(port), hostname);
    socket.write("POST /things/wait HTTP/1.1\r\nHost: test\r\nContent-Length: 0\r\n\r\n");
    await began;
    socket.destroy();
    await gone.promise;
    await app.close();

    expect(records.filter(({ level }) => level >= 50)).toEqual([]);
  });
});

import { once } from "node:events";
import { connect } from "node:net";
import Fastify, { type InjectOptions } from "fastify";
import { ConflictError, defineEvent, defineModule } from "tsmodules";
import { ModuleRouter, registerErrorHandlers } from "tsmodules/api";
import { createTestHost } from "tsmodules/testing";
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

  it("tell of a host that closes", async () => {
    const { app, host } = createApp();
    await host.close();

    expect((await app.inject(create({ name: "Ada" }))).json()).toMatchObject({
      status: 503,
      code: "HOST_CLOSED",
    });
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
});

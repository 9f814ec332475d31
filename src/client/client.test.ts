import Fastify, { type FastifyRequest } from "fastify";
import {
  type AnyEvent,
  APIError,
  AuthenticationError,
  AuthorizationError,
  BulkheadFullError,
  CircuitBreakerOpenError,
  ConfigurationError,
  ConflictError,
  DeclaredError,
  defineEvent,
  defineModule,
  EventTimeoutError,
  EventValidationError,
  HostClosedError,
  IdempotencyKeyInUseError,
  IdempotencyKeyReusedError,
  NotFoundError,
  RateLimitExceededError,
  UnhandledEventError,
  ValidationError,
} from "tsmodules";
import { ModuleRouter, registerErrorHandlers } from "tsmodules/api";
import { type ClientOptions, createClient, RemoteError } from "tsmodules/client";
import { createTestHost, FakeClock } from "tsmodules/testing";
import { getTraceHeaders, Tracer } from "tsmodules/tracing";
import { describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";

class Greet extends defineEvent("people.greet", {
  input: z.object({ name: z.string().default("World") }),
  output: z.object({ message: z.string() }),
  errors: { TOO_RUDE: z.object({ word: z.string(), at: z.date(), count: z.bigint() }) },
}) {}

class Fail extends defineEvent("people.fail", { input: z.object({ how: z.string() }), output: z.string() }) {}

class Travel extends defineEvent("things / of all kinds ü", {
  input: z.object({ at: z.date(), count: z.bigint(), bytes: z.instanceof(Uint8Array), on: z.coerce.date() }),
  output: z.object({
    at: z.date(),
    count: z.bigint(),
    bytes: z.instanceof(Uint8Array),
    days: z.array(z.date()),
  }),
}) {}

class Ping extends defineEvent("people.ping") {}
class Nobody extends defineEvent("people.nobody", { output: z.string() }) {}
class Wait extends defineEvent("people.wait", { output: z.string() }) {}

/** What `Fail` fails with. */
const failures: Record<string, (event: AnyEvent) => unknown> = {
  api: () => new APIError(418, "TEAPOT", "no coffee"),
  down: () => new APIError(503, "MAINTENANCE", "the database is at db.internal"),
  missing: () => new NotFoundError("user", 42),
  nothing: () => new NotFoundError("page"),
  invalid: () => new ValidationError([{ message: "taken", path: ["users", 0, "na/me"] }], "no such name"),
  who: () => new AuthenticationError("who are you"),
  forbidden: () => new AuthorizationError(),
  conflict: () => new ConflictError("it is there already"),
  limit: (event) => new RateLimitExceededError(event, 1_234),
  circuit: (event) => new CircuitBreakerOpenError(event, 4_321),
  full: (event) => new BulkheadFullError(event, 1, 0),
  closed: (event) => new HostClosedError(event),
  slow: (event) => new EventTimeoutError(event, 250),
  reused: (event) => new IdempotencyKeyReusedError(event),
  running: (event) => new IdempotencyKeyInUseError(event),
  bug: () => new Error("password=secret"),
};

/** Serves the events above to a client of their own. */
async function serve(options: Partial<ClientOptions> = {}) {
  const requests: FastifyRequest[] = [];
  const { promise: waiting, resolve: wait } = Promise.withResolvers<AbortSignal>();
  const host = createTestHost()
    .use((event, next) => {
      const failure = event instanceof Fail ? failures[event.input.how] : undefined;
      if (failure !== undefined) throw failure(event);
      return next();
    })
    .register(
      defineModule({ name: "people" }, (module) => {
        module.handle(Greet, ({ input: { name } }, { fail }) => {
          if (name === "Oaf") throw fail("TOO_RUDE", { word: name, at: new Date(0), count: 2n ** 70n });
          return { message: `Hello, ${name}!` };
        });
        module.handle(Travel, ({ input: { at, count, bytes, on } }) => ({ at, count, bytes, days: [on] }));
        module.handle(Ping, () => {});
        module.handle(Wait, (_event, { signal }) => {
          wait(signal);
          return new Promise(() => {});
        });
      }),
    );
  const app = Fastify();
  app.addHook("onRequest", async (request) => void requests.push(request));
  registerErrorHandlers(app);
  const router = new ModuleRouter(host);
  for (const event of [Greet, Fail, Travel, Ping, Nobody, Wait]) router.registerEvent(event);
  router.mount(app, { prefix: "/api/v1", rpc: true });
  const origin = await app.listen({ port: 0, host: "127.0.0.1" });
  onTestFinished(() => app.close());
  const client = createClient({ url: `${origin}/api/v1`, ...options });
  return { client, origin, requests, waiting, host };
}

async function failureOf(event: AnyEvent, options?: Partial<ClientOptions>): Promise<unknown> {
  const { client } = await serve(options);
  return client.handle(event).then(
    () => expect.fail("it did not fail"),
    (error) => error,
  );
}

describe("a client", () => {
  it("sends an event and resolves to its output", async () => {
    const { client, requests } = await serve();

    expect(await client.send(new Greet({ name: "Ada" }))).toEqual({ message: "Hello, Ada!" });
    expect(requests[0]?.url).toBe("/api/v1/~/people.greet");
  });

  it("sends the input as it was given, so that it is parsed once", async () => {
    const { client } = await serve();
    class Doubled extends defineEvent("people.greet", {
      input: z.object({ name: z.string().transform((name) => name + name) }),
      output: z.object({ message: z.string() }),
    }) {}

    expect(await client.send(new Doubled({ name: "Ada" }))).toEqual({ message: "Hello, Ada!" });
  });

  it("answers events without input or output", async () => {
    const { client } = await serve();
    const ping = new Ping();

    expect(await client.send(ping)).toBeUndefined();
    expect(ping.handled).toBe(true);
  });

  it("brings dates, bigints and bytes there and back, under any name", async () => {
    const { client } = await serve();
    const at = new Date("2026-11-25T10:00:00.000Z");
    const bytes = Uint8Array.of(0, 127, 255);
    const output = await client.send(new Travel({ at, count: 2n ** 80n, bytes, on: "2026-01-01" }));

    expect(output).toEqual({
      at,
      count: 2n ** 80n,
      bytes: Buffer.from(bytes),
      days: [new Date("2026-01-01")],
    });
  });

  it("answers an event that has more to it at the server", async () => {
    const { client } = await serve();
    class Older extends defineEvent("people.greet") {}

    expect(await client.send(new Older())).toBeUndefined();
  });

  it("handles an event and resolves to the same one", async () => {
    const { client } = await serve();
    const event = new Greet();

    expect(await client.handle(event)).toBe(event);
    expect(event).toMatchObject({ handled: true, output: { message: "Hello, World!" } });
  });

  it("leaves an event unhandled that nobody handles, as a host does", async () => {
    const { client } = await serve();
    const event = await client.handle(Object.assign(new Nobody(), { output: "stale", handled: true }));

    expect(event).toMatchObject({ handled: false, output: undefined });
    await expect(client.send(event)).rejects.toThrow(UnhandledEventError);
  });

  it("refuses what is no event", async () => {
    const { client } = await serve();
    await expect(client.send({} as never)).rejects.toThrow("a client sends instances of event classes");
  });
});

describe("a failure", () => {
  it("that is declared is narrowed by its event class, with its data revived", async () => {
    const error = await failureOf(new Greet({ name: "Oaf" }));

    if (!Greet.isError(error, "TOO_RUDE")) throw error;
    expect(error.data).toEqual({ word: "Oaf", at: new Date(0), count: 2n ** 70n });
    expect(error.event).toBeInstanceOf(Greet);
  });

  it("that is declared, and whose data are not what the caller knows, is not narrowed", async () => {
    class Other extends defineEvent("people.greet", {
      input: z.object({ name: z.string() }),
      output: z.unknown(),
      errors: { TOO_RUDE: z.object({ words: z.array(z.string()) }) },
    }) {}
    const error = await failureOf(new Other({ name: "Oaf" }));

    expect(error).toBeInstanceOf(APIError);
    expect(error).not.toBeInstanceOf(DeclaredError);
    expect(error).toMatchObject({ status: 422, code: "TOO_RUDE" });
  });

  it.each<[string, new (...args: never[]) => Error, object]>([
    ["api", APIError, { status: 418, code: "TEAPOT", message: "no coffee" }],
    ["down", APIError, { status: 503, code: "MAINTENANCE", message: "Service Unavailable" }],
    ["missing", NotFoundError, { status: 404, message: 'user "42" not found', resource: "user", id: "42" }],
    ["nothing", NotFoundError, { status: 404, message: "page not found", resource: "page", id: undefined }],
    ["who", AuthenticationError, { status: 401, message: "who are you" }],
    ["forbidden", AuthorizationError, { status: 403 }],
    ["conflict", ConflictError, { status: 409, message: "it is there already" }],
    ["limit", RateLimitExceededError, { retryAfterMs: 1_234 }],
    ["circuit", CircuitBreakerOpenError, { retryAfterMs: 4_321 }],
    ["full", BulkheadFullError, { message: '"people.fail" found no place' }],
    ["closed", HostClosedError, {}],
    ["slow", EventTimeoutError, { timeoutMs: 250 }],
    ["reused", IdempotencyKeyReusedError, {}],
    ["running", IdempotencyKeyInUseError, {}],
  ])("of kind %s comes back as itself", async (how, type, members) => {
    const error = await failureOf(new Fail({ how }));

    expect(error).toBeInstanceOf(type);
    expect((error as Error).constructor).toBe(type);
    expect(error).toMatchObject(members);
    expect((error as Error).cause).toBeInstanceOf(RemoteError);
  });

  it("of validation tells where in the input, an index being a number", async () => {
    class Save extends defineEvent("people.fail", {
      input: z.object({ how: z.string(), users: z.unknown() }),
    }) {}
    const error = await failureOf(new Save({ how: "invalid", users: [{ "na/me": "Ada" }] }));

    expect(error).toBeInstanceOf(ValidationError);
    expect(error).toMatchObject({
      message: "no such name",
      issues: [{ message: "taken", path: ["users", 0, "na/me"] }],
    });
  });

  it("of an input that only the server refuses is an EventValidationError", async () => {
    class Lax extends defineEvent("people.greet", { input: z.object({ name: z.number() }) }) {}
    const error = await failureOf(new Lax({ name: 1 }));

    expect(error).toBeInstanceOf(EventValidationError);
    expect(error).toMatchObject({ eventName: "people.greet", issues: [{ path: ["name"] }] });
  });

  it("of which the server tells nothing is a RemoteError that tells nothing", async () => {
    const error = await failureOf(new Fail({ how: "bug" }));

    expect(error).toBeInstanceOf(RemoteError);
    expect(error).toMatchObject({ status: 500, message: expect.not.stringContaining("secret") });
    expect(error).not.toHaveProperty("cause");
  });

  it("of an event that the server does not serve says so", async () => {
    class Hidden extends defineEvent("people.hidden") {}
    expect(await failureOf(new Hidden())).toMatchObject({
      status: 404,
      code: "REMOTE",
      message: expect.stringContaining("there is nothing at /api/v1/~/people.hidden"),
    });
  });
});

describe("a request", () => {
  it("carries the token, what a function gives being asked for each time", async () => {
    let asked = 0;
    const { client, requests } = await serve({
      token: async () => `t${++asked}`,
      headers: { "X-App": "test" },
    });
    await client.send(new Ping());
    await client.send(new Ping());

    expect(requests.map(({ headers }) => headers.authorization)).toEqual(["Bearer t1", "Bearer t2"]);
    expect(requests[0]?.headers["x-app"]).toBe("test");
  });

  it("carries it under another scheme, and none where there is none", async () => {
    const other = await serve({ token: "abc", scheme: "Token" });
    await other.client.send(new Ping());
    const none = await serve({ token: () => undefined });
    await none.client.send(new Ping());

    expect(other.requests[0]?.headers.authorization).toBe("Token abc");
    expect(none.requests[0]?.headers).not.toHaveProperty("authorization");
  });

  it("is not made with a token that no header can carry, which no error shows", async () => {
    const { client, requests } = await serve({ token: "secret\ninjected: 1" });
    const error = await client.send(new Ping()).catch((error) => error);

    expect(error).toBeInstanceOf(ConfigurationError);
    expect(String(error)).not.toContain("secret");
    expect(requests).toEqual([]);
  });

  it("fails with what the token's function fails with", async () => {
    const { client } = await serve({ token: () => Promise.reject(new Error("signed out")) });
    await expect(client.send(new Ping())).rejects.toThrow("signed out");
  });

  it("carries correlation id and idempotency key", async () => {
    const { client, requests } = await serve();
    await client.send(new Ping({}, { meta: { correlationId: "c-1" }, idempotencyKey: ' 7 "x" ' }));
    await client.send(new Ping({}, { meta: { correlationId: "ü\n" } }));

    expect(requests[0]?.headers).toMatchObject({ "x-correlation-id": "c-1", "idempotency-key": '" 7 "x" "' });
    expect(requests[1]?.headers).not.toHaveProperty("x-correlation-id");
    await expect(client.send(new Ping({}, { idempotencyKey: "ü" }))).rejects.toThrow(
      'the idempotencyKey of "people.ping" must be 1 to 255 printable ASCII characters',
    );
  });

  it("is part of the trace that it is made in", async () => {
    const { client, requests } = await serve();
    const tracer = new Tracer({ serviceName: "caller" });
    const expected = await tracer.trace("work", { correlationId: "c-2" }, async () => {
      await client.send(new Ping());
      return getTraceHeaders();
    });

    expect(requests[0]?.headers).toMatchObject({ ...expected, "x-correlation-id": "c-2" });
  });
});

describe("a call ends", () => {
  it("when its caller aborts it, and so does the handler", async () => {
    const { client, waiting } = await serve();
    const controller = new AbortController();
    const answer = client.send(new Wait(), { signal: controller.signal });
    const handler = await waiting;
    const ended = new Promise((resolve) => handler.addEventListener("abort", resolve));
    controller.abort("changed my mind");

    await expect(answer).rejects.toBe("changed my mind");
    await ended;
  });

  it("before it begins where the signal is aborted already", async () => {
    const { client, requests } = await serve();

    await expect(client.send(new Ping(), { signal: () => AbortSignal.abort("too late") })).rejects.toBe(
      "too late",
    );
    expect(requests).toEqual([]);
  });

  it.each([
    ["its own time", { timeoutMs: 100 }, undefined],
    ["the client's time", {}, 100],
    ["its own time, whatever the client's", { timeoutMs: 100 }, 10],
  ])("when %s is up", async (_what, options, timeoutMs) => {
    const clock = new FakeClock();
    const { client, waiting } = await serve({ clock, ...(timeoutMs && { timeoutMs }) });
    const event = new Wait();
    const answer = client.send(event, options).catch((error) => error);
    await waiting;
    await clock.advance(99);
    expect(await Promise.race([answer, "waiting"])).toBe("waiting");
    await clock.advance(1);

    expect(await answer).toBeInstanceOf(EventTimeoutError);
    expect(await answer).toMatchObject({ timeoutMs: 100, event });
    expect(clock.pending).toBe(0);
  });

  it("even where fetch, or who knows the token, does not heed the signal", async () => {
    const never = () => new Promise<never>(() => {});
    for (const options of [{ fetch: never }, { token: never }]) {
      const client = createClient({ url: "http://localhost", ...options });
      const controller = new AbortController();
      const answer = client.send(new Ping(), { signal: controller.signal });
      controller.abort("enough");
      await expect(answer).rejects.toBe("enough");
    }
  });

  it("without a timer or a listener left behind", async () => {
    const clock = new FakeClock();
    const { client } = await serve({ clock, timeoutMs: 1_000 });
    const { signal } = new AbortController();
    let listeners = 0;
    signal.addEventListener = () => void listeners++;
    signal.removeEventListener = () => void listeners--;
    await client.send(new Ping(), { signal });
    await client.send(new Fail({ how: "api" }), { signal }).catch(() => {});

    expect([clock.pending, listeners]).toEqual([0, 0]);
  });
});

describe("the options", () => {
  it.each<[string, object, string]>([
    ["no URL", {}, "createClient: url must be an HTTP URL"],
    ["another URL", { url: "ftp://x" }, "createClient: url must be an HTTP URL"],
    ["half a URL", { url: "/api" }, "createClient: url must be an HTTP URL"],
    ["a URL with a query", { url: "http://x/?a=1" }, "without user, query, fragment"],
    ["an unknown option", { url: "http://x", uri: 1 }, "createClient: there is no option uri"],
    [
      "a token that is none",
      { url: "http://x", token: 42 },
      "token must be a string or a function, and is of type number",
    ],
    ["headers that are none", { url: "http://x", headers: { "a b": "c" } }, "headers must be what HTTP"],
    ["a time limit that is none", { url: "http://x", timeoutMs: -1 }, "timeoutMs must be above 0"],
  ])("refuse %s", (_what, options, message) => {
    expect(() => createClient(options as ClientOptions)).toThrow(ConfigurationError);
    expect(() => createClient(options as ClientOptions)).toThrow(message);
  });

  it("show no password of a URL", () => {
    const make = () => createClient({ url: "http://ada:secret@x/" });
    expect(make).toThrow("url must be");
    expect(make).not.toThrow("secret");
  });

  it.each(["/api/v1/", "/api/v1//", "/api/v1"])("take a URL that ends with %s", async (path) => {
    const { origin } = await serve();
    expect(await createClient({ url: new URL(path, origin) }).send(new Ping())).toBeUndefined();
  });

  it("of a call are checked, too", async () => {
    const { client } = await serve();
    await expect(client.send(new Ping(), { timeoutMs: 0 })).rejects.toThrow("timeoutMs must be above 0");
  });
});

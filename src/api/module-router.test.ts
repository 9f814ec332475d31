import { toStandardJsonSchema } from "@valibot/to-json-schema";
import { type } from "arktype";
import Fastify from "fastify";
import {
  type AnyEventClass,
  ConfigurationError,
  defineEvent,
  defineModule,
  type StandardSchema,
} from "tsmodules";
import { addEventEndpoint, ModuleRouter, registerErrorHandlers } from "tsmodules/api";
import { createTestHost } from "tsmodules/testing";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { z } from "zod";

const anything = z.record(z.string(), z.unknown());

/** An application that serves `events`, each answered by what `answer` makes of its input. */
function serving(events: AnyEventClass[], answer: (input: never) => unknown = (input) => input, prefix = "") {
  const host = createTestHost({ validateOutput: false }).register(
    defineModule({ name: "echo" }, (module) => {
      for (const event of events)
        module.handle(event as never, (({ input }: { input: never }) => answer(input)) as never);
    }),
  );
  const app = Fastify();
  registerErrorHandlers(app);
  const router = new ModuleRouter(host);
  for (const event of events) router.registerEvent(event);
  router.mount(app, { prefix });
  return app;
}

describe("a route from an event", () => {
  class CreateUser extends defineEvent("user.create", {
    input: z.object({ name: z.string() }),
    output: anything,
  }) {}
  class GetUser extends defineEvent("user.get", {
    input: z.object({ userId: z.string() }),
    output: anything,
  }) {}
  class DeleteUser extends defineEvent("user.delete", { input: z.object({ id: z.coerce.number() }) }) {}

  it("answers a creation with 201 and an event without output with 204", async () => {
    const app = serving([CreateUser, DeleteUser]);

    expect(await app.inject({ method: "POST", url: "/users", body: { name: "Ada" } })).toMatchObject({
      statusCode: 201,
      body: '{"name":"Ada"}',
    });
    expect(await app.inject({ method: "DELETE", url: "/users/42" })).toMatchObject({
      statusCode: 204,
      body: "",
    });
  });

  it("names the path parameter as the input names its field", async () => {
    const response = await serving([GetUser]).inject("/users/ada");

    expect(response.json()).toEqual({ userId: "ada" });
  });

  it("stands behind a prefix", async () => {
    const app = serving([GetUser], undefined, "/api/v1");

    expect((await app.inject("/api/v1/users/ada")).statusCode).toBe(200);
    expect((await app.inject("/users/ada")).statusCode).toBe(404);
  });

  it("is what http says, before the convention", async () => {
    class Find extends defineEvent("user.look-up", {
      input: z.object({ name: z.string() }),
      output: anything,
      http: { method: "GET", path: "/people/{name}" },
    }) {}

    expect((await serving([Find]).inject("/people/ada")).json()).toEqual({ name: "ada" });
  });

  it("may be added by hand", async () => {
    const host = createTestHost().register(
      defineModule({ name: "echo" }, (module) => module.handle(CreateUser, ({ input }) => input)),
    );
    const app = Fastify();
    addEventEndpoint(app, host, "/sign-up", CreateUser, { method: "PUT" });

    expect((await app.inject({ method: "PUT", url: "/sign-up", body: { name: "Ada" } })).json()).toEqual({
      name: "Ada",
    });
  });

  it("is 501 while no module handles the event", async () => {
    const app = Fastify();
    registerErrorHandlers(app);
    new ModuleRouter(createTestHost()).registerEvent(CreateUser).mount(app);

    const response = await app.inject({ method: "POST", url: "/users", body: { name: "Ada" } });

    expect(response.json()).toMatchObject({ status: 501, code: "UNHANDLED_EVENT" });
  });

  it("refuses two events on one route, naming both", () => {
    class AddUser extends defineEvent("users.create") {}

    expect(() => serving([CreateUser, AddUser])).toThrow(ConfigurationError);
    expect(() => serving([CreateUser, AddUser])).toThrow(
      '"user.create" and "users.create" are both POST /users',
    );
  });

  it.each([
    ["is hidden", defineEvent("user.sync", { http: false }), "says that it is not for HTTP"],
    [
      "has no field for its path",
      defineEvent("user.get", { input: z.object({}) }),
      "has no field userId, user_id, id",
    ],
    [
      "moves a field that it has not",
      defineEvent("user.list", { input: z.object({}), http: { query: ["page"] } }),
      'has no input field "page"',
    ],
  ])("refuses an event that %s", (_what, event, reason) => {
    expect(() => new ModuleRouter(createTestHost()).registerEvent(event)).toThrow(reason);
  });
});

describe("input", () => {
  const fields = z.object({
    userId: z.number().int(),
    limit: z.number().optional(),
    active: z.boolean().optional(),
    tags: z.array(z.string()).optional(),
    scores: z.array(z.number()).optional(),
    until: z.number().nullable().optional(),
    name: z.string().optional(),
  });

  it("comes from path and query for GET, coerced by the schema", async () => {
    class GetUser extends defineEvent("user.get", { input: fields, output: anything }) {}
    const url = "/users/42?limit=10&active=true&tags=a&scores=1&scores=2&until=null&name=7";

    expect((await serving([GetUser]).inject(url)).json()).toEqual({
      userId: 42,
      limit: 10,
      active: true,
      tags: ["a"],
      scores: [1, 2],
      until: null,
      name: "7",
    });
  });

  it.each<[what: string, schema: z.ZodType, query: string, value: unknown]>([
    ["a number or a word, as a number", z.union([z.literal("auto"), z.number()]), "5", 5],
    ["a number or a word, as a word", z.union([z.literal("auto"), z.number()]), "auto", "auto"],
    ["a number or any text", z.union([z.string(), z.number()]), "5", "5"],
    ["a word or null", z.enum(["a", "b"]).nullable(), "null", null],
    ["a list of what may be null", z.array(z.number().nullable()), "1&value=null", [1, null]],
    ["anything that JSON has", z.json(), "1&value=a", ["1", "a"]],
  ])("from a query may be %s", async (_what, value, query, expected) => {
    class FindThing extends defineEvent("thing.find", { input: z.object({ value }), output: anything }) {}

    expect((await serving([FindThing]).inject(`/things/find?value=${query}`)).json()).toEqual({
      value: expected,
    });
  });

  it("has each field in its one place: what comes elsewhere is ignored", async () => {
    class UpdateUser extends defineEvent("user.update", {
      input: fields,
      output: anything,
      http: { query: ["active"], headers: { limit: "X-Limit" } },
    }) {}
    const response = await serving([UpdateUser]).inject({
      method: "PUT",
      url: "/users/42?active=false&name=query",
      headers: { "x-limit": "5" },
      body: { userId: 1, active: true, limit: 99, name: "body" },
    });

    expect(response.json()).toEqual({ userId: 42, active: false, limit: 5, name: "body" });
  });

  it("leaves text that is no number to the contract, which says what is wrong", async () => {
    class GetUser extends defineEvent("user.get", { input: fields, output: anything }) {}

    expect((await serving([GetUser]).inject("/users/many")).json()).toMatchObject({
      status: 422,
      code: "EVENT_VALIDATION",
      errors: [{ pointer: "/userId", message: expect.stringContaining("expected number") }],
    });
  });

  it.each([
    ["ignored", z.object({ id: z.string() }), 200, { id: "1" }],
    ["kept", z.looseObject({ id: z.string() }), 200, { id: "1", more: "2" }],
    ["refused", z.strictObject({ id: z.string() }), 422, { code: "EVENT_VALIDATION" }],
  ])("that is unknown is %s where the schema says so", async (_what, input, status, expected) => {
    class GetThing extends defineEvent("thing.get", { input, output: anything }) {}
    const response = await serving([GetThing]).inject("/things/1?more=2");

    expect(response.statusCode).toBe(status);
    expect(response.json()).toMatchObject(expected);
  });

  it("cannot reach a prototype", async () => {
    class GetThing extends defineEvent("thing.get", {
      input: z.looseObject({ id: z.string() }),
      output: anything,
    }) {}
    const url = "/things/1?__proto__=a&__proto__=b&constructor=c";

    expect((await serving([GetThing]).inject(url)).json()).toEqual({ id: "1", constructor: "c" });
  });

  it("may be validated asynchronously", async () => {
    class CreateThing extends defineEvent("thing.create", {
      input: z.object({ name: z.string().refine(async (name) => name !== "taken", "is taken") }),
      output: anything,
    }) {}
    const app = serving([CreateThing]);
    const post = (name: string) => app.inject({ method: "POST", url: "/things", body: { name } });

    expect((await post("free")).json()).toEqual({ name: "free" });
    expect((await post("taken")).json()).toMatchObject({
      status: 422,
      errors: [{ pointer: "/name", message: "is taken" }],
    });
  });

  it.each([
    [100, 204],
    [201, 422],
    [50_000, 422],
  ])("that is nested %i levels deep is a %i", async (depth, status) => {
    class CreateTree extends defineEvent("tree.create", { input: z.unknown() }) {}
    const response = await serving([CreateTree]).inject({
      method: "POST",
      url: "/trees",
      headers: { "content-type": "application/json" },
      body: `${'{"child":'.repeat(depth)}1${"}".repeat(depth)}`,
    });

    expect(response.statusCode).toBe(status);
    if (status === 422) expect(response.json()).toMatchObject({ code: "INPUT_TOO_DEEP" });
  });

  it("of another type altogether is refused by arktype, too", async () => {
    class CreateThing extends defineEvent("thing.create", {
      input: type({ id: "number" }) as unknown as z.ZodObject,
    }) {}
    const response = await serving([CreateThing]).inject({
      method: "POST",
      url: "/things",
      headers: { "content-type": "application/json" },
      body: "-1",
    });

    expect(response.json()).toMatchObject({ status: 422, errors: [{ pointer: "" }] });
  });

  it("may be anything that the schema takes", async () => {
    class Shout extends defineEvent("text.shout", { input: z.string(), output: z.string() }) {}
    const response = await serving([Shout]).inject({
      method: "POST",
      url: "/texts/shout",
      headers: { "content-type": "application/json" },
      body: '"hello"',
    });

    expect(response.body).toBe('"hello"');
  });

  it("may be what a parser of the application's own makes of the body, which is not looked into", async () => {
    class Upload extends defineEvent("file.upload", { output: z.string() }) {}
    class Form {
      readonly itself = this;
      readonly text: string;
      constructor(text: string) {
        this.text = text;
      }
    }
    const app = serving([Upload], (form: Form) => form.text);
    app.addContentTypeParser("text/form", { parseAs: "string" }, (_request, body, done) =>
      done(null, new Form(body as string)),
    );
    const headers = { "content-type": "text/form" };

    expect((await app.inject({ method: "POST", url: "/files/upload", headers, body: "hello" })).body).toBe(
      '"hello"',
    );
  });

  it.each([
    { library: "valibot", schema: toStandardJsonSchema(v.object({ id: v.number() })) },
    { library: "arktype", schema: type({ id: "number" }) },
  ])("is coerced by the JSON Schema of $library", async ({ schema }) => {
    class GetThing extends defineEvent("thing.get", {
      input: schema as z.ZodObject<{ id: z.ZodNumber }>,
      output: anything,
    }) {}

    expect((await serving([GetThing]).inject("/things/42")).json()).toEqual({ id: 42 });
  });
});

describe("output", () => {
  it("never holds a field that the contract does not have", async () => {
    class GetUser extends defineEvent("user.get", {
      input: z.object({ id: z.string() }),
      output: z.object({ id: z.string(), profile: z.object({ name: z.string() }) }),
    }) {}
    const secret = { passwordHash: "secret" };
    const app = serving([GetUser], () => ({ id: "1", ...secret, profile: { name: "Ada", ...secret } }));

    expect((await app.inject("/users/1")).body).toBe('{"id":"1","profile":{"name":"Ada"}}');
  });

  it("is what the schema's own validation gives, where there is no JSON Schema", async () => {
    const schema: StandardSchema<{ id: string }> = {
      "~standard": {
        version: 1,
        vendor: "test",
        validate: (value) => ({ value: { id: (value as { id: string }).id } }),
      },
    };
    class GetUser extends defineEvent("user.get", { input: z.object({ id: z.string() }), output: schema }) {}
    const app = serving([GetUser], () => ({ id: "1", passwordHash: "secret" }));

    expect((await app.inject("/users/1")).body).toBe('{"id":"1"}');
  });

  it.each([
    [
      "alternatives",
      z.discriminatedUnion("kind", [z.object({ kind: z.literal("a") }), z.object({ kind: z.literal("b") })]),
    ],
    ["null", z.object({ kind: z.literal("a") }).nullable()],
  ])("is filtered also where the schema has %s", async (_what, output) => {
    class GetShape extends defineEvent("shape.get", { input: z.object({ id: z.string() }), output }) {}
    const app = serving([GetShape], () => ({ kind: "a", secret: 1 }));

    expect((await app.inject("/shapes/1")).body).toBe('{"kind":"a"}');
  });

  it.each([["hello"], [42], [true], [null]])("may be %j, as JSON", async (answer) => {
    const output = z.union([z.string(), z.number(), z.boolean(), z.null()]);
    class GetValue extends defineEvent("value.get", { input: z.object({ id: z.string() }), output }) {}
    const response = await serving([GetValue], () => answer).inject("/values/1");

    expect(response.headers["content-type"]).toBe("application/json; charset=utf-8");
    expect(response.json()).toBe(answer);
  });

  it("may be recursive", async () => {
    const node = z.object({
      name: z.string(),
      get children() {
        return z.array(node);
      },
    });
    class GetTree extends defineEvent("tree.get", { input: z.object({ id: z.string() }), output: node }) {}
    const tree = { name: "a", children: [{ name: "b", children: [], secret: 1 }] };

    expect((await serving([GetTree], () => tree).inject("/trees/1")).json()).toEqual({
      name: "a",
      children: [{ name: "b", children: [] }],
    });
  });
});

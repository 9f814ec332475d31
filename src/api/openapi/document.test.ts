import Fastify from "fastify";
import { type AnyEventClass, defineEvent, defineModule } from "tsmodules";
import { addDocs, authPlugin, type DocsOptions, ModuleRouter, registerErrorHandlers } from "tsmodules/api";
import { createTestHost } from "tsmodules/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { shopEvents } from "../../../test/openapi/shop.ts";
import { problemsOf } from "../../../test/openapi/validate.ts";

const info = {
  title: "Shop",
  version: "1.2.3",
  description: "Sells things",
  contact: { name: "The shop", email: "shop@example.com" },
  license: { name: "MIT", identifier: "MIT" },
  servers: [{ url: "https://api.example.org", description: "Production" }],
} satisfies DocsOptions;

interface MediaType {
  readonly schema: Record<string, unknown>;
  readonly example?: unknown;
  readonly examples?: unknown;
}

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { name: string; in: string; example: unknown; schema: object }[];
  readonly requestBody?: {
    readonly content: Readonly<Record<string, MediaType>>;
    readonly required: boolean;
  };
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, MediaType>> }>>;
}

interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Record<string, unknown>>>;
    readonly responses: Readonly<Record<string, unknown>>;
  };
}

/** An application that serves `events` behind each of the prefixes. */
function serving(events: readonly AnyEventClass[], options: DocsOptions = info, prefixes = [""]) {
  const app = Fastify();
  registerErrorHandlers(app);
  addDocs(app, options);
  const host = createTestHost({ validateOutput: false });
  const router = new ModuleRouter(host);
  for (const event of events) router.registerEvent(event);
  for (const prefix of prefixes) router.mount(app, { prefix });
  const document = async () => (await app.inject("/openapi.json")).json<OpenApi>();
  return { app, document, host };
}

function documentOf(...events: AnyEventClass[]): Promise<OpenApi> {
  return serving(events).document();
}

function operationsOf({ paths }: OpenApi) {
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method, ...operation })),
  );
}

function bodyOf({ requestBody }: Pick<Operation, "requestBody">): MediaType | undefined {
  return requestBody?.content["application/json"];
}

const User = z.object({ id: z.string(), role: z.string().default("member") }).meta({ id: "User" });

describe("an OpenAPI document", () => {
  it("leaves two independent validators nothing to say", async () => {
    expect(await problemsOf(await serving(shopEvents, info, ["/v1", "/v2"]).document())).toEqual([]);
  });

  it("leaves them nothing to say of an application that authenticates, and of streams", async () => {
    class WatchUser extends defineEvent("user.watch", { output: User, stream: true }) {}
    class BanUser extends defineEvent("user.ban", {
      input: User,
      permissions: ["users:ban"],
      http: { path: "/users/{id}/ban" },
    }) {}
    class CountUsers extends defineEvent("user.count", { output: z.number(), http: { public: true } }) {}
    const { app } = serving([...shopEvents, WatchUser, BanUser, CountUsers]);
    const provider = { validateToken: () => undefined, createToken: () => "" };
    app.register(authPlugin, { provider, excludePaths: ["/openapi.json"] });
    const document = (await app.inject("/openapi.json")).json();

    expect(await problemsOf(document)).toEqual([]);
    expect(document).toMatchObject({
      paths: {
        "/users": { post: { security: [{ bearerAuth: [] }], responses: { 401: {} } } },
        "/users/count": { post: { security: [] } },
        "/users/watch": {
          post: {
            responses: {
              200: { content: { "text/event-stream": {}, "application/x-ndjson": {} } },
            },
          },
        },
        "/users/{id}/ban": {
          post: { security: [{ bearerAuth: ["users:ban"] }], responses: { 401: {}, 403: {} } },
        },
      },
      components: {
        securitySchemes: { bearerAuth: { type: "http", scheme: "bearer" } },
      },
    });
  });

  it("says what its options say", async () => {
    const { servers, ...rest } = info;

    expect(await documentOf(...shopEvents)).toMatchObject({ openapi: "3.1.1", info: rest, servers });
  });

  it("lists the tags of its operations", async () => {
    class Ping extends defineEvent("server.ping", { http: { tags: ["Operations", "Servers"] } }) {}
    class Stop extends defineEvent("server.halt") {}

    expect(await documentOf(Ping, Stop)).toMatchObject({
      tags: [{ name: "Operations" }, { name: "Servers" }],
    });
  });

  it("gives each operation an id of its own, also where an event is mounted twice", async () => {
    class Odd extends defineEvent("odd name/ä") {}
    const document = await serving([...shopEvents, Odd], info, ["/v1", "/v2"]).document();
    const ids = operationsOf(document).map(({ operationId }) => operationId);

    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toContain("user.create");
    expect(ids).toContain("user.create_2");
    expect(ids).toContain("odd_name__");
  });

  it("makes one path of routes that differ in their parameters' names alone", async () => {
    class GetUser extends defineEvent("user.get", { input: z.object({ userId: z.string() }) }) {}
    class DeleteUser extends defineEvent("user.delete", { input: z.object({ id: z.string() }) }) {}

    expect((await documentOf(GetUser, DeleteUser)).paths).toMatchObject({
      "/users/{userId}": {
        get: { parameters: [{ name: "userId", in: "path" }] },
        delete: { parameters: [{ name: "userId", in: "path" }] },
      },
    });
  });
});

describe("components", () => {
  it("hold a schema that operations share once", async () => {
    class GetUser extends defineEvent("user.get", { input: z.object({ id: z.string() }), output: User }) {}
    class ListUsers extends defineEvent("user.list", { output: z.array(User) }) {}
    const { components, paths } = await documentOf(GetUser, ListUsers);
    const reference = { $ref: "#/components/schemas/User" };

    expect(paths["/users/{id}"]?.get?.responses[200]?.content?.["application/json"]?.schema).toEqual(
      reference,
    );
    expect(components.schemas.ListUserOutput).toEqual({ type: "array", items: reference });
    expect(Object.keys(components.schemas)).toEqual(["ListUserOutput", "Problem", "User"]);
  });

  it("hold it twice where the two sides differ, because a default is not asked for", async () => {
    class CreateUser extends defineEvent("user.create", { input: User, output: User }) {}
    const { components } = await documentOf(CreateUser);

    expect(components.schemas.User).toMatchObject({ required: ["id", "role"] });
    expect(components.schemas.UserInput).toMatchObject({ required: ["id"] });
  });

  it("number what has one name and is not the same", async () => {
    const events = [z.string(), z.number(), z.boolean()].map((id, index) => {
      const member = z.object({ id }).meta({ id: "Member" });
      return defineEvent(`thing${index}.make`, { output: z.object({ member }) });
    });
    const { components } = await documentOf(...events);
    const names = Object.keys(components.schemas).filter((name) => name.startsWith("Member"));

    expect(names).toEqual(["Member", "MemberOutput", "MemberOutput2"]);
  });

  it("are named by the event, in the words of a class", async () => {
    class Create extends defineEvent("shop.user.create", { input: z.object({ name: z.string() }) }) {}
    class Rename extends defineEvent("RenameUserEvent", { input: z.object({ name: z.string() }) }) {}
    const { components } = await documentOf(Create, Rename);

    expect(Object.keys(components.schemas)).toEqual(["CreateShopUserInput", "Problem", "RenameUserInput"]);
  });

  it("have names that are allowed there", async () => {
    const item = z.object({ id: z.string() }).meta({ id: "shop/Item" });
    class Swap extends defineEvent("item.swap", { input: z.object({ one: item, other: item }) }) {}
    const { components } = await documentOf(Swap);

    expect(Object.keys(components.schemas)).toEqual(["Problem", "SwapItemInput", "shop_Item"]);
  });

  it("leave a schema's data alone, whatever it looks like", async () => {
    const data = { $ref: "#/nothing", "x-tsmodules": "text", properties: 1 };
    class Keep extends defineEvent("thing.keep", {
      input: z.object({
        properties: z.object({ $ref: z.string(), "x-tsmodules": z.string() }),
        data: z.any().default(data),
      }),
    }) {}
    const { components } = await documentOf(Keep);

    expect(components.schemas.KeepThingInput).toMatchObject({
      properties: {
        properties: { properties: { $ref: { type: "string" }, "x-tsmodules": { type: "string" } } },
        data: { default: data },
      },
    });
  });

  it("say nothing of how values travel inside", async () => {
    class Plan extends defineEvent("thing.plan", {
      input: z.object({ at: z.string().meta({ "x-tsmodules": "date", format: "date-time" }) }),
    }) {}
    const { components } = await documentOf(Plan);

    expect(components.schemas.PlanThingInput?.properties).toEqual({
      at: { type: "string", format: "date-time" },
    });
  });
});

describe("what an operation takes", () => {
  it("has each field in its one place, also where the input is a shared or a composed schema", async () => {
    const Change = z.object({ id: z.string(), name: z.string() }).meta({ id: "Change" });
    const Move = z.union([
      z.object({ id: z.string(), to: z.string() }),
      z.object({ id: z.string(), by: z.number() }),
    ]);
    class PatchUser extends defineEvent("user.patch", { input: Change }) {}
    class MoveThing extends defineEvent("thing.move", { input: Move }) {}
    const { components, paths } = await documentOf(PatchUser, MoveThing);

    expect(components.schemas.PatchUserInput).toMatchObject({
      properties: { name: { type: "string" } },
      required: ["name"],
    });
    expect(components.schemas.PatchUserInput?.properties).not.toHaveProperty("id");
    expect(components.schemas.MoveThingInput).toMatchObject({
      anyOf: [
        { properties: { to: {} }, required: ["to"] },
        { properties: { by: {} }, required: ["by"] },
      ],
    });
    expect(paths["/things/{id}/move"]?.post?.parameters).toMatchObject([{ name: "id", required: true }]);
  });

  it("shows every alternative of a parameter", async () => {
    class Find extends defineEvent("thing.find", {
      input: z.discriminatedUnion("kind", [
        z.object({ kind: z.literal("a"), size: z.number() }),
        z.object({ kind: z.literal("b") }),
      ]),
    }) {}
    const { paths } = await documentOf(Find);

    expect(paths["/things/find"]?.get?.parameters).toMatchObject([
      { name: "kind", required: true, schema: { anyOf: [{ const: "a" }, { const: "b" }] } },
      { name: "size", required: false },
    ]);
  });

  it("need not bring a body of which every field is optional", async () => {
    class Greet extends defineEvent("greeting.create", {
      input: z.object({ name: z.string().default("World") }),
    }) {}

    expect((await documentOf(Greet)).paths["/greetings"]?.post?.requestBody?.required).toBe(false);
  });
});

describe("examples", () => {
  it("are requests that the application takes, and answers that it gives", async () => {
    const { app, document, host } = serving(shopEvents);
    const operations = operationsOf(await document());
    const answers = new Map(
      operations.map(({ operationId, responses }) => {
        const [success = {}] = Object.values(responses);
        return [operationId, success.content?.["application/json"]?.example];
      }),
    );
    host.register(
      defineModule({ name: "answers" }, (module) => {
        for (const event of shopEvents) {
          module.handle(event as never, (() => answers.get(event.eventName)) as never);
        }
      }),
    );

    for (const { method, operationId, parameters = [], path, responses, ...operation } of operations) {
      const given = (place: string) => {
        const fields = parameters.filter(
          (parameter) => parameter.in === place && parameter.example !== undefined,
        );
        return Object.fromEntries(fields.map(({ example, name }) => [name, String(example)]));
      };
      const response = await app.inject({
        method: method as "get",
        url: path.replace(/\{([^}]+)\}/g, (_, name) => given("path")[name] ?? ""),
        query: given("query"),
        headers: given("header"),
        ...(operation.requestBody && { body: bodyOf(operation)?.example as object }),
      });
      const expected = Number(Object.keys(responses)[0]);

      expect([operationId, response.statusCode, response.body && response.json()]).toEqual([
        operationId,
        expected,
        expected === 204 ? "" : answers.get(operationId),
      ]);
    }
  });

  it("are the schema's own where it has some", async () => {
    const name = z.string().meta({ examples: ["Ada"] });
    class Create extends defineEvent("user.create", { input: z.object({ name }) }) {}
    class Update extends defineEvent("user.update", {
      input: z.object({ id: z.string(), name }).meta({
        examples: [
          { id: "1", name: "Grace" },
          { id: "2", name: "Alan" },
        ],
      }),
    }) {}
    const { paths } = await documentOf(Create, Update);

    expect(bodyOf(paths["/users"]?.post ?? {})).toMatchObject({ example: { name: "Ada" } });
    expect(bodyOf(paths["/users/{id}"]?.put ?? {})).toMatchObject({
      examples: { example1: { value: { name: "Grace" } }, example2: { value: { name: "Alan" } } },
    });
    expect(paths["/users/{id}"]?.put?.parameters).toMatchObject([{ name: "id", example: "1" }]);
  });

  it("fill in no filter that nobody asked for", async () => {
    class List extends defineEvent("user.list", {
      input: z.object({ name: z.string().optional(), page: z.number() }),
    }) {}
    const [name, page] = (await documentOf(List)).paths["/users"]?.get?.parameters ?? [];

    expect(name).not.toHaveProperty("example");
    expect(page).toHaveProperty("example", 1);
  });

  it.each<[string, z.ZodType, unknown]>([
    ["a pattern that nothing known matches", z.object({ code: z.string().regex(/^QX\d{9}$/) }), undefined],
    [
      "an optional field like that",
      z.object({
        code: z
          .string()
          .regex(/^QX\d{9}$/)
          .optional(),
      }),
      {},
    ],
    ["a pattern that takes no flag", z.object({ a: z.string().regex(/^[\w-.]+$/) }), { a: "string" }],
    ["a pattern of escapes", z.object({ a: z.string().regex(/^\w\w\w-\d{3}$/) }), { a: "abc-123" }],
    ["a pattern of sets", z.object({ a: z.string().regex(/^[[a-z]--[aeou]]+$/v) }), { a: "string" }],
    ["bounds", z.object({ a: z.number().gt(5).lt(6), b: z.int().min(7).multipleOf(5) }), { a: 5.5, b: 10 }],
    ["lengths", z.object({ a: z.string().min(8), b: z.string().max(3) }), { a: "stringgg", b: "str" }],
    ["tuples", z.object({ pair: z.tuple([z.string(), z.boolean()]) }), { pair: ["string", true] }],
    ["records", z.object({ by: z.record(z.enum(["a", "b"]), z.number()) }), { by: { a: 1, b: 1 } }],
    ["null beside something", z.object({ a: z.union([z.null(), z.email()]) }), { a: "ada@example.com" }],
    ["constants", z.object({ a: z.literal("x"), b: z.null() }), { a: "x", b: null }],
  ])("of %s", async (_what, input, expected) => {
    class Make extends defineEvent("thing.make", { input }) {}

    expect(bodyOf((await documentOf(Make)).paths["/things/make"]?.post ?? {})?.example).toEqual(expected);
  });
});

describe("schemas that all refer to one another", () => {
  it("take no longer to describe than there are of them", async () => {
    const records: z.ZodObject[] = Array.from({ length: 20 }, (_, index) =>
      z
        .object({
          id: z.string(),
          get related() {
            return z.object(Object.fromEntries(records.map((record, at) => [`to${at}`, record.optional()])));
          },
        })
        .meta({ id: `Record${index}` }),
    );
    class Link extends defineEvent("record.link", { input: records[0] as z.ZodObject }) {}
    const { components, paths } = await documentOf(Link);

    expect(Object.keys(components.schemas)).toEqual(expect.arrayContaining(["Record1", "Record19"]));
    expect(bodyOf(paths["/records/link"]?.post ?? {})).toBeDefined();
  });
});

describe("problems", () => {
  class Withdraw extends defineEvent("account.withdraw", {
    input: z.object({ amount: z.number() }),
    errors: {
      INSUFFICIENT: z.object({ missing: z.number() }),
      FROZEN: z.object({ since: z.string() }),
      BROKE: z.object({}),
    },
    http: { errorStatus: { INSUFFICIENT: 409, FROZEN: 409 } },
  }) {}

  it("that a contract declares have their status, code and data", async () => {
    const { components, paths } = await documentOf(Withdraw);
    const { responses } = paths["/accounts/withdraw"]?.post ?? {};

    expect(responses?.[409]).toMatchObject({
      description: "INSUFFICIENT, or: FROZEN",
      content: {
        "application/problem+json": {
          schema: {
            anyOf: [
              { $ref: "#/components/schemas/WithdrawAccountInsufficientProblem" },
              { $ref: "#/components/schemas/WithdrawAccountFrozenProblem" },
            ],
          },
          examples: {
            example1: { value: { status: 409, code: "INSUFFICIENT", data: { missing: 1 } } },
            example2: { value: { status: 409, code: "FROZEN", data: { since: "string" } } },
          },
        },
      },
    });
    expect(components.schemas.WithdrawAccountFrozenProblem).toMatchObject({
      allOf: [{ $ref: "#/components/schemas/Problem" }],
      properties: {
        status: { const: 409 },
        code: { const: "FROZEN" },
        data: { properties: { since: { type: "string" } } },
      },
    });
    expect(responses?.[422]).toMatchObject({ description: "BROKE, or: The input is invalid" });
  });

  it("that every application has are shared, and only where they may come", async () => {
    class Ping extends defineEvent("server.ping", { http: { method: "GET" } }) {}
    class Find extends defineEvent("user.find", { input: z.object({ name: z.string() }) }) {}
    class Create extends defineEvent("user.create", { input: z.object({ name: z.string() }) }) {}
    const { components, paths } = await documentOf(Ping, Find, Create);
    const statuses = (path: string, method: string) => Object.keys(paths[path]?.[method]?.responses ?? {});

    expect(statuses("/servers/ping", "get")).toEqual(["204", "default"]);
    expect(statuses("/users/find", "get")).toEqual(["204", "422", "default"]);
    expect(statuses("/users", "post")).toEqual(["204", "400", "413", "415", "422", "default"]);
    expect(Object.keys(components.responses)).toEqual([
      ...["BadRequest", "ContentTooLarge", "UnsupportedMediaType", "InvalidInput", "AnyProblem"],
    ]);
  });

  it("are documented as they are sent", async () => {
    const { app, document } = serving([Withdraw]);
    const { properties, required } = (await document()).components.schemas.Problem as {
      properties: object;
      required: string[];
    };
    const problem = (await app.inject({ method: "POST", url: "/accounts/withdraw", body: {} })).json();

    expect(Object.keys(properties)).toEqual(expect.arrayContaining(Object.keys(problem)));
    for (const name of required) expect(problem).toHaveProperty(name);
  });
});

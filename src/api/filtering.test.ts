import { type } from "arktype";
import Fastify from "fastify";
import { defineEvent, defineModule } from "tsmodules";
import { ModuleRouter, registerErrorHandlers } from "tsmodules/api";
import { createTestHost } from "tsmodules/testing";
import { expect, it } from "vitest";
import { z } from "zod";

const user = z.object({ name: z.string() });
const tree = z.object({
  name: z.string(),
  get parent(): z.ZodNullable<typeof tree> {
    return tree.nullable();
  },
});
const ada = { name: "Ada", passwordHash: "secret" };
const onlyName = { name: "Ada" };

/** What leaves the server of `answer`, by an output of this schema. */
async function leaves(output: z.ZodType, answer: unknown) {
  class Get extends defineEvent("thing.list", { output }) {}
  const host = createTestHost({ validateOutput: false }).register(
    defineModule({ name: "things" }, (module) => module.handle(Get, () => answer)),
  );
  const app = Fastify();
  registerErrorHandlers(app);
  new ModuleRouter(host).registerEvent(Get).mount(app);
  return app.inject("/things");
}

it.each<[what: string, output: z.ZodType, answer: unknown, expected: unknown]>([
  ["a list", z.array(user), [ada], [onlyName]],
  ["a record", z.record(z.string(), user), { ada }, { ada: onlyName }],
  ["a tuple", z.tuple([user, user]), [ada, ada], [onlyName, onlyName]],
  ["a rest", z.tuple([z.string()], user), ["a", ada], ["a", onlyName]],
  ["an optional field", z.object({ user: user.optional() }), { user: ada }, { user: onlyName }],
  ["a nullable field", z.object({ user: user.nullable() }), { user: ada }, { user: onlyName }],
  ["a field that is null", z.object({ user: user.nullable() }), { user: null }, { user: null }],
  ["what may be null", user.nullable(), ada, onlyName],
  [
    "a tree that may be null",
    tree.nullable(),
    { ...ada, parent: { ...ada, parent: null } },
    { ...onlyName, parent: { ...onlyName, parent: null } },
  ],
  ["a union", z.union([z.object({ id: z.number() }), user]), ada, onlyName],
  [
    "an intersection",
    z.intersection(user, z.object({ id: z.number() })),
    { ...ada, id: 1 },
    { ...onlyName, id: 1 },
  ],
  ["a default", z.object({ user: user.default({ name: "?" }) }), { user: ada }, { user: onlyName }],
  [
    "a shared part",
    z.object({ a: user.meta({ id: "User" }), b: z.lazy(() => user) }),
    { a: ada, b: ada },
    { a: onlyName, b: onlyName },
  ],
  ["a loose object", z.looseObject({ user }), { user: ada, more: 1n }, { user: onlyName, more: "1" }],
  ["anything", z.object({ any: z.unknown() }), { any: { n: 1n }, more: 1 }, { any: { n: "1" } }],
])("of %s only what its schema has leaves", async (_what, output, answer, expected) => {
  expect((await leaves(output, answer)).json()).toEqual(expected);
});

it("an object whose fields a schema does not say leaves whole", async () => {
  const output = type({ settings: "object" }) as unknown as z.ZodType;

  expect((await leaves(output, { settings: { dark: true } })).json()).toEqual({ settings: { dark: true } });
});

it("an answer without a field that its schema requires is a failure, and says nothing of the inside", async () => {
  const response = await leaves(user, { passwordHash: "secret" });

  expect(response.json()).toEqual({
    type: "about:blank",
    title: "Internal Server Error",
    status: 500,
    detail: "Internal Server Error",
    code: "INTERNAL_SERVER_ERROR",
  });
});

it("what a declared error carries is filtered as well", async () => {
  class Get extends defineEvent("thing.list", { errors: { TAKEN: user } }) {}
  const host = createTestHost().register(
    defineModule({ name: "things" }, (module) =>
      module.handle(Get, (_event, { fail }) => {
        throw fail("TAKEN", ada);
      }),
    ),
  );
  const app = Fastify();
  registerErrorHandlers(app);
  new ModuleRouter(host).registerEvent(Get).mount(app);

  expect((await app.inject("/things")).json()).toMatchObject({ code: "TAKEN", data: onlyName });
});

/** The application that is fuzzed: an event for every kind of input. A new one is a class and a line in `targets`. */
import { toStandardJsonSchema } from "@valibot/to-json-schema";
import { type } from "arktype";
import Fastify, { type FastifyInstance } from "fastify";
import { defineEvent, defineModule, ModuleHost } from "tsmodules";
import {
  type AuthProvider,
  addDocs,
  addHealthEndpoints,
  addMetricsEndpoint,
  addTracing,
  authPlugin,
  ModuleRouter,
  problemDetails,
  registerErrorHandlers,
} from "tsmodules/api";
import * as v from "valibot";
import { z } from "zod";
import { type Target, target } from "./target.ts";

export const BODY_LIMIT = 256 * 1024;

const User = z.object({
  name: z.string().min(1).max(100),
  email: z.email(),
  age: z.int().min(0).max(150),
  tags: z.array(z.string()),
});
const Tree = z.object({
  value: z.string(),
  get children() {
    return z.array(Tree);
  },
});
const Shape = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("circle"), radius: z.number().positive() }),
  z.object({ kind: z.literal("polygon"), corners: z.array(z.tuple([z.number(), z.number()])).min(3) }),
]);
const Filter = z.object({
  limit: z.int().min(1).max(100).default(20),
  ratio: z.number().optional(),
  active: z.boolean().optional(),
  after: z.string().nullable().optional(),
  tag: z.array(z.string()).optional(),
  sizes: z.array(z.int()).optional(),
});
const Stay = z.object({ from: z.coerce.date(), until: z.coerce.date().optional() });
const Anything = z.record(z.string(), z.unknown());
const Point = toStandardJsonSchema(v.object({ x: v.number(), y: v.optional(v.number(), 0) }));
const Tag = type({ name: "string > 0", "weight?": "number.integer", color: "'red' | 'green'" });

class CreateUser extends defineEvent("user.create", { input: User, output: User }) {}
class GetUser extends defineEvent("user.get", { input: z.object({ userId: z.int() }), output: Anything }) {}
class ListUsers extends defineEvent("user.list", { input: Filter, output: Filter }) {}
class UpdateUser extends defineEvent("user.update", {
  input: User.partial().extend({ userId: z.int() }),
  output: Anything,
}) {}
class DeleteUser extends defineEvent("user.delete", { input: z.object({ userId: z.string() }) }) {}
class SearchUsers extends defineEvent("user.search", {
  input: z.object({ query: z.union([z.string(), z.number(), z.object({ all: z.literal(true) }), z.null()]) }),
  output: Anything,
}) {}
class SaveTree extends defineEvent("tree.create", { input: Tree, output: Tree }) {}
class DrawShape extends defineEvent("shape.create", { input: Shape, output: Shape }) {}
class BookStay extends defineEvent("stay.create", {
  input: Stay,
  output: z.object({ from: z.date(), until: z.date().optional() }),
}) {}
class ReplaceDocument extends defineEvent("document.update", {
  input: z.object({
    id: z.string(),
    dryRun: z.boolean().optional(),
    ifMatch: z.string().optional(),
    revision: z.int().optional(),
    text: z.string(),
  }),
  output: Anything,
  http: { query: ["dryRun"], headers: { ifMatch: "If-Match", revision: "X-Revision" } },
}) {}
class SetOption extends defineEvent("option.create", {
  input: z.strictObject({ key: z.string(), value: z.unknown() }),
  output: Anything,
}) {}
class SaveNote extends defineEvent("note.create", {
  input: z.looseObject({ title: z.string() }),
  output: z.looseObject({ title: z.string() }),
}) {}
class ListNotes extends defineEvent("note.list", { input: Anything, output: Anything }) {}
class SaveMap extends defineEvent("map.create", { input: Anything, output: Anything }) {}
class SaveList extends defineEvent("list.create", {
  input: z.array(z.union([z.number(), z.string(), z.boolean()])),
  output: z.array(z.unknown()),
}) {}
class TakeAnything extends defineEvent("anything.create") {}
class CountMoney extends defineEvent("money.create", { input: z.object({ cents: z.coerce.bigint() }) }) {}
class MovePoint extends defineEvent("point.create", { input: Point, output: Point }) {}
class AddTag extends defineEvent("tag.create", { input: Tag, output: Tag }) {}
class GetFile extends defineEvent("file.get", {
  input: z.object({ id: z.string(), "odd name": z.string().optional() }),
  output: z.string(),
  http: { method: "GET", path: "/files/{id}/text" },
}) {}
class Reserve extends defineEvent("seat.create", {
  input: z.object({ seat: z.string() }),
  output: Anything,
  errors: { TAKEN: z.object({ seat: z.string() }) },
  http: { errorStatus: { TAKEN: 409 } },
}) {}
class CountTo extends defineEvent("number.list", {
  input: z.object({ last: z.int().min(0).max(100).default(3) }),
  output: z.object({ number: z.int() }),
  stream: true,
}) {}
class KeepSecret extends defineEvent("vault.create", {
  input: z.object({ text: z.string() }),
  output: z.object({ keeper: z.string() }),
  permissions: ["secrets:write"],
}) {}
class SendParcel extends defineEvent("parcel.create", {
  input: z.object({
    at: z.date(),
    weight: z.bigint(),
    label: z.instanceof(Uint8Array),
    next: z.date().nullable(),
  }),
  output: z.object({
    at: z.date(),
    weight: z.bigint(),
    label: z.instanceof(Uint8Array),
    next: z.date().nullable(),
  }),
}) {}
class NobodyHandles extends defineEvent("nobody.create", { output: Anything }) {}
class NeverEnds extends defineEvent("never.create", { output: Anything, timeoutMs: 1 }) {}
class Breaks extends defineEvent("broken.create", { output: Anything }) {}

const TOKEN = "0123456789abcdef";

/** Knows one keeper, by one token. */
const keepers: AuthProvider = {
  validateToken(token) {
    if (token !== TOKEN) return undefined;
    const [iat, exp] = [new Date(), new Date(Date.now() + 60_000)];
    return { sub: "keeper", permissions: ["secrets:write"], iat, exp };
  },
  createToken: () => TOKEN,
};

const ada = { name: "Ada", email: "ada@example.com", age: 36, tags: ["math"] };

/** Each route with a valid request, and the statuses from 500 that it is there for. */
export const targets: readonly Target[] = [
  target("POST /users", CreateUser, { body: ada }),
  target("GET /users/{userId}", GetUser, { path: { userId: "42" } }),
  target("GET /users", ListUsers, {
    query: [
      ["limit", "10"],
      ["active", "true"],
      ["tag", "a"],
      ["sizes", "1"],
    ],
  }),
  target("PUT /users/{userId}", UpdateUser, { path: { userId: "42" }, body: ada }),
  target("DELETE /users/{userId}", DeleteUser, { path: { userId: "ada" } }),
  target("POST /users/search", SearchUsers, { body: { query: { all: true } } }),
  target("POST /trees", SaveTree, { body: { value: "root", children: [{ value: "leaf", children: [] }] } }),
  target("POST /shapes", DrawShape, {
    body: {
      kind: "polygon",
      corners: [
        [0, 0],
        [1, 0],
        [0, 1],
      ],
    },
  }),
  target("POST /stays", BookStay, { body: { from: "2030-01-31T10:00:00Z", until: "2030-02-01" } }),
  target("PUT /documents/{id}", ReplaceDocument, {
    path: { id: "a" },
    query: [["dryRun", "true"]],
    headers: { "if-match": '"1"', "x-revision": "7" },
    body: { text: "Dear reader" },
  }),
  target("POST /options", SetOption, { body: { key: "color", value: [1, { a: null }] } }),
  target("POST /notes", SaveNote, { body: { title: "a", more: { deep: true } } }),
  target("GET /notes", ListNotes, {
    query: [
      ["a", "1"],
      ["b", "2"],
    ],
  }),
  target("POST /maps", SaveMap, { body: { a: 1, b: [2] } }),
  target("POST /lists", SaveList, { body: [1, "two", true] }),
  target("POST /anythings", TakeAnything, { body: { a: [] } }),
  target("POST /monies", CountMoney, { body: { cents: "12345678901234567890" } }),
  target("POST /points", MovePoint, { body: { x: 1.5 } }),
  target("POST /tags", AddTag, { body: { name: "urgent", weight: 1, color: "red" } }),
  target("GET /files/{id}/text", GetFile, { path: { id: "read%20me" }, query: [["odd%20name", "x"]] }),
  target("POST /seats", Reserve, { body: { seat: "12A" } }),
  target("POST /parcels", SendParcel, {
    body: { at: "2030-01-31T10:00:00Z", weight: "12345678901234567890", label: "aGVsbG8=", next: null },
  }),
  target("POST /vaults", KeepSecret, {
    headers: { authorization: `Bearer ${TOKEN}`, "idempotency-key": '"a-1"' },
    body: { text: "a" },
  }),
  target("POST /vaults", KeepSecret, { body: { text: "a" } }, [401]),
  target("POST /~/vault.create", KeepSecret, {
    headers: { authorization: `Bearer ${TOKEN}` },
    body: { text: "a" },
  }),
  target("POST /nobodies", NobodyHandles, { body: {} }, [501]),
  target("POST /nevers", NeverEnds, { body: {} }, [504]),
  target("POST /brokens", Breaks, { body: {} }, [500]),
  target("GET /numbers", CountTo, { query: [["last", "5"]] }),
  target("GET /numbers", CountTo, { headers: { accept: "text/event-stream" } }),
  target("POST /~/number.list", CountTo, { body: { last: 2 } }),
  target("POST /~/user.create", CreateUser, { body: ada }),
  target("POST /~/user.get", GetUser, { body: { userId: 42 } }),
  target("POST /~/document.update", ReplaceDocument, {
    body: { id: "a", dryRun: true, text: "Dear reader" },
  }),
  target("POST /~/stay.create", BookStay, { body: { from: "2030-01-31T10:00:00Z" } }),
  target("POST /~/nobody.create", NobodyHandles, { body: {} }, [501]),
  target("GET /health"),
  target("GET /health/live"),
  target("GET /metrics"),
  target("GET /openapi.json"),
  target("GET /docs"),
];

/** Each once: some have several targets. */
const events = new Set(targets.flatMap(({ event }) => event ?? []));

/** What comes in goes out again. */
const echo = defineModule({ name: "echo" }, (module) => {
  const others = new Set<unknown>([KeepSecret, Reserve, CountTo, NobodyHandles, NeverEnds, Breaks, GetFile]);
  for (const event of events) {
    if (others.has(event)) continue;
    module.handle(event as typeof TakeAnything, ({ input }) => {
      refuseForeignPrototypes(input);
      return input;
    });
  }
  module.handle(KeepSecret, ({ meta: { principal } }) => {
    if (principal?.sub !== "keeper") throw new Error("somebody unknown was let in");
    return { keeper: principal.sub };
  });
  module.handle(GetFile, ({ input }) => input.id);
  module.handle(Reserve, ({ input: { seat } }, { fail }) => {
    if (seat.length % 2 === 0) throw fail("TAKEN", { seat });
    return { seat };
  });
  module.handle(CountTo, async function* ({ input: { last } }) {
    for (let number = 1; number <= last; number++) yield { number };
  });
  module.handle(NeverEnds, () => new Promise(() => {}));
  module.handle(Breaks, () => {
    throw new Error("secret");
  });
});

/** A request may not choose what the objects of its input inherit. */
function refuseForeignPrototypes(value: unknown): void {
  const waiting = [value];
  for (const next of waiting) {
    if (typeof next !== "object" || next === null) continue;
    const prototype: unknown = Object.getPrototypeOf(next);
    if (
      ![null, Object.prototype, Array.prototype, Date.prototype, Buffer.prototype].includes(prototype as null)
    ) {
      throw new Error("an object of the input has a prototype out of the request");
    }
    for (const inner of Object.values(next)) waiting.push(inner);
  }
}

/** `onFault` gets what the application logs of an answer from 500. */
export function createApplication(onFault: (error: unknown) => void): {
  app: FastifyInstance;
  host: ModuleHost;
} {
  const host = new ModuleHost({ enableMetrics: true, enableTracing: true, logLevel: "silent" }).register(
    echo,
  );
  const app = Fastify({
    ...problemDetails,
    bodyLimit: BODY_LIMIT,
    logger: { level: "error", stream: { write: (line) => onFault(JSON.parse(line)) } },
    forceCloseConnections: true,
  });
  registerErrorHandlers(app);
  const router = new ModuleRouter(host);
  for (const event of events) router.registerEvent(event);
  router.mount(app, { rpc: true });
  app.register(authPlugin, { provider: keepers, excludePaths: ["/*"] });
  addTracing(app);
  addHealthEndpoints(app, host, { version: "1.0.0" });
  addMetricsEndpoint(app, host);
  addDocs(app, { title: "Fuzzed", version: "1.0.0" });
  return { app, host };
}

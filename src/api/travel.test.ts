import { toStandardJsonSchema } from "@valibot/to-json-schema";
import { type } from "arktype";
import Fastify from "fastify";
import { type AnyEventClass, defineEvent, defineModule } from "tsmodules";
import { ModuleRouter, registerErrorHandlers } from "tsmodules/api";
import { createTestHost } from "tsmodules/testing";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { z } from "zod";

/** Serves `event` with a handler that answers with its input, and notes what that was. */
function echo(event: AnyEventClass) {
  const inputs: unknown[] = [];
  const host = createTestHost().register(
    defineModule({ name: "echo" }, (module) => {
      module.handle(
        event as never,
        (({ input }: { input: unknown }) => {
          inputs.push(input);
          return input;
        }) as never,
      );
    }),
  );
  const app = Fastify();
  registerErrorHandlers(app);
  new ModuleRouter(host).registerEvent(event).mount(app);
  const post = (body: object) => app.inject({ method: "POST", url: "/things", body });
  return { app, inputs, post };
}

describe("what JSON has no type for", () => {
  const fields = {
    zod: z.object({
      at: z.date(),
      count: z.bigint(),
      bytes: z.instanceof(Uint8Array),
      until: z.date().nullable(),
      log: z.array(z.object({ at: z.date() })),
    }),
    valibot: toStandardJsonSchema(
      v.object({
        at: v.date(),
        count: v.bigint(),
        bytes: v.instance(Uint8Array),
        until: v.nullable(v.date()),
        log: v.array(v.object({ at: v.date() })),
      }),
    ) as unknown as z.ZodObject,
    arktype: type({
      at: "Date",
      count: "bigint",
      bytes: type.instanceOf(Uint8Array),
      until: "Date | null",
      log: type({ at: "Date" }).array(),
    }) as unknown as z.ZodObject,
  };
  const asJson = {
    at: "2026-11-25T10:00:00.000Z",
    count: "12345678901234567890",
    bytes: "aGVsbG8=",
    until: null,
    log: [{ at: "2020-01-01T00:00:00.000Z" }],
  };

  it.each(Object.entries(fields))(
    "comes and leaves as text by the schema of %s",
    async (_library, schema) => {
      class Create extends defineEvent("thing.create", { input: schema, output: schema }) {}
      const { inputs, post } = echo(Create);
      const response = await post(asJson);

      expect(inputs).toEqual([
        {
          at: new Date(asJson.at),
          count: 12_345_678_901_234_567_890n,
          bytes: Buffer.from("hello"),
          until: null,
          log: [{ at: new Date("2020-01-01") }],
        },
      ]);
      expect(response.json()).toEqual(asJson);
    },
  );

  it("comes from path and query, too", async () => {
    class Get extends defineEvent("thing.get", {
      input: z.object({ id: z.bigint(), since: z.date(), days: z.array(z.date()).optional() }),
    }) {}
    const { app, inputs } = echo(Get);
    await app.inject("/things/9007199254740993?since=2026-01-02&days=2026-01-03");

    expect(inputs).toEqual([
      { id: 9_007_199_254_740_993n, since: new Date("2026-01-02"), days: [new Date("2026-01-03")] },
    ]);
  });

  it.each([
    ["a date without an offset", { at: "2026-11-25T10:00:00" }],
    ["a day that is none", { at: "2026-13-45" }],
    ["a day that its month has not", { at: "2026-02-30" }],
    ["a moment of such a day", { at: "2026-04-31T10:00:00Z" }],
    ["a date as a number", { at: 0 }],
    ["digits that are none", { count: "12x" }],
    ["a fraction", { count: 1.5 }],
    ["too many digits", { count: "9".repeat(1_001) }],
    ["bytes that are no base64", { bytes: "%%%" }],
  ])("is refused by the contract where it is %s", async (_what, wrong) => {
    class Create extends defineEvent("thing.create", { input: fields.zod }) {}
    const response = await echo(Create).post({ ...asJson, ...wrong });

    expect(response.json()).toMatchObject({
      status: 422,
      errors: [{ pointer: `/${Object.keys(wrong)[0]}` }],
    });
  });

  it("stays text where a schema takes text as well", async () => {
    class Create extends defineEvent("thing.create", {
      input: z.object({ either: z.union([z.date(), z.string()]), day: z.iso.date() }),
    }) {}
    const { inputs, post } = echo(Create);
    await post({ either: "2026-01-01", day: "2026-01-01" });

    expect(inputs).toEqual([{ either: "2026-01-01", day: "2026-01-01" }]);
  });

  it("is found in the alternative that a value looks like", async () => {
    const shape = z.discriminatedUnion("kind", [
      z.object({ kind: z.literal("moment"), value: z.date() }),
      z.object({ kind: z.literal("text"), value: z.string() }),
    ]);
    class Create extends defineEvent("thing.create", { input: z.object({ shapes: z.array(shape) }) }) {}
    const { inputs, post } = echo(Create);
    await post({
      shapes: [
        { kind: "text", value: "2026-01-01" },
        { kind: "moment", value: "2026-01-01" },
      ],
    });

    expect(inputs).toEqual([
      {
        shapes: [
          { kind: "text", value: "2026-01-01" },
          { kind: "moment", value: new Date("2026-01-01") },
        ],
      },
    ]);
  });

  it("is found in schemas that refer to themselves, in records, tuples and intersections", async () => {
    const node = z.object({
      at: z.date(),
      get next() {
        return node.optional();
      },
    });
    class Create extends defineEvent("thing.create", {
      input: z.object({
        node,
        byName: z.record(z.string(), z.date()),
        pair: z.tuple([z.string(), z.date()]),
        both: z.intersection(z.object({ a: z.date() }), z.object({ b: z.bigint() })),
      }),
    }) {}
    const day = "2026-01-01";
    const { inputs, post } = echo(Create);
    await post({
      node: { at: day, next: { at: day } },
      byName: { x: day },
      pair: [day, day],
      both: { a: day, b: 1 },
    });

    const date = new Date(day);
    expect(inputs).toEqual([
      {
        node: { at: date, next: { at: date } },
        byName: { x: date },
        pair: [day, date],
        both: { a: date, b: 1n },
      },
    ]);
  });

  it.each([
    ["input", { input: z.object({ who: z.object({ tags: z.set(z.string()) }) }) }],
    ["output", { output: z.object({ who: z.object({ tags: z.map(z.string(), z.string()) }) }) }],
  ])("is refused at mount where an %s holds what nothing can carry", (side, definition) => {
    const event = defineEvent("thing.create", definition);

    expect(() => echo(event)).toThrow(
      `"thing.create" cannot be served over HTTP: who.tags of its ${side} is nothing that JSON can carry`,
    );
  });
});

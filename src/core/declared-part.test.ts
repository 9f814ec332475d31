import { toStandardJsonSchema } from "@valibot/to-json-schema";
import { type } from "arktype";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { declaredPart } from "./declared-part.ts";
import { jsonSchemaOf } from "./json-schema.ts";
import type { StandardSchema } from "./standard-schema.ts";

const part = (schema: unknown, value: unknown) => {
  const jsonSchema = jsonSchemaOf(schema as StandardSchema<unknown>, "output");
  if (jsonSchema === undefined) throw new Error("there is no JSON Schema");
  return declaredPart(value, jsonSchema);
};
const secret = "s3cret";

describe("declaredPart", () => {
  it("leaves out what a schema does not have, at any depth", () => {
    const schema = z.object({
      id: z.number(),
      of: z.object({ a: z.string() }),
      list: z.array(z.object({ b: z.string() })),
    });
    const value = { id: 1, secret, of: { a: "a", secret }, list: [{ b: "b", secret }] };
    expect(part(schema, value)).toEqual({ id: 1, of: { a: "a" }, list: [{ b: "b" }] });
  });

  it("leaves out what strict objects do not have, and transforms nothing", () => {
    const schema = z.strictObject({ length: z.string().transform((text) => text.length), now: z.date() });
    const now = new Date(0);
    expect(part(schema, { length: 3, now, secret })).toEqual({ length: 3, now });
  });

  it("keeps what there may be besides", () => {
    expect(part(z.looseObject({ a: z.string() }), { a: "a", b: 1 })).toEqual({ a: "a", b: 1 });
    expect(part(z.record(z.string(), z.object({ a: z.string() })), { x: { a: "a", secret } })).toEqual({
      x: { a: "a" },
    });
    expect(part(z.unknown(), { a: secret })).toEqual({ a: secret });
  });

  it("keeps what any alternative has", () => {
    const schema = z.union([
      z.object({ kind: z.literal("a"), a: z.string() }),
      z.object({ kind: z.literal("b"), b: z.array(z.object({ c: z.string() })) }),
    ]);
    expect(part(schema, { kind: "a", a: "a", secret })).toEqual({ kind: "a", a: "a" });
    expect(part(schema.nullable(), { kind: "b", b: [{ c: "c", secret }] })).toEqual({
      kind: "b",
      b: [{ c: "c" }],
    });
    expect(part(schema.nullable(), null)).toBeNull();
  });

  it("knows tuples, dates, bytes and schemas that refer to themselves", () => {
    const tree: z.ZodType = z.lazy(() => z.object({ name: z.string(), children: z.array(tree) }));
    const leaf = { name: "leaf", children: [], secret };
    expect(part(tree, { name: "root", children: [leaf], secret })).toEqual({
      name: "root",
      children: [{ name: "leaf", children: [] }],
    });
    const bytes = new Uint8Array([1]);
    const schema = z.tuple([z.object({ a: z.string() }), z.instanceof(Uint8Array)]);
    expect(part(schema, [{ a: "a", secret }, bytes])).toEqual([{ a: "a" }, bytes]);
  });

  it.each<[string, unknown]>([
    ["valibot", toStandardJsonSchema(v.object({ id: v.number() }))],
    ["arktype", type({ id: "number" })],
  ])("knows schemas of %s", (_, schema) => {
    expect(part(schema, { id: 1, secret })).toEqual({ id: 1 });
  });
});

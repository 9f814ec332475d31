import { type } from "arktype";
import { defineEvent } from "tsmodules";
import * as v from "valibot";
import { z } from "zod";

/** The events that the type tests are about. Nothing in this folder runs: the assertion is that it compiles. */
export class Greet extends defineEvent("types.greet", {
  description: "Greets somebody",
  input: z.object({ name: z.string().default("World"), mood: z.enum(["happy", "sad"]).optional() }),
  output: z.object({ message: z.string(), kind: z.enum(["short", "long"]) }),
  errors: {
    TOO_RUDE: z.object({ word: z.string(), at: z.coerce.date() }),
    BUSY: z.object({ forMs: z.number() }),
  },
  permissions: ["greetings:read"],
}) {}

export class Save extends defineEvent("types.save", {
  input: z.object({ id: z.string(), revision: z.number().optional() }),
  output: z.object({ saved: z.boolean() }),
}) {}

export class SaveTwice extends Save {
  get key(): string {
    return this.input.id;
  }
}

export class Ping extends defineEvent("types.ping") {}
export class Notify extends defineEvent("types.notify", { input: z.object({ id: z.string() }) }) {}

export class Count extends defineEvent("types.count", {
  input: z.object({ to: z.number() }),
  output: z.object({ n: z.number() }),
  stream: true,
}) {}

export class Schedule extends defineEvent("types.schedule", {
  input: z.object({ at: z.coerce.date(), name: z.string().transform((name) => name.length) }),
  output: z.object({ n: z.string().transform(Number) }),
}) {}

export class OfValibot extends defineEvent("types.valibot", {
  input: v.object({ a: v.string(), b: v.optional(v.number(), 1) }),
  output: v.object({ kind: v.picklist(["x", "y"]) }),
}) {}

export class OfArktype extends defineEvent("types.arktype", {
  input: type({ a: "string", "b?": "number" }),
  output: type({ kind: "'x'|'y'" }),
}) {}

export class Text extends defineEvent("types.text", { input: z.string(), output: z.string() }) {}
export class Union extends defineEvent("types.union", {
  input: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("a"), x: z.number() }),
    z.object({ kind: z.literal("b") }),
  ]),
  output: z.union([z.object({ x: z.string() }), z.null()]),
}) {}
export class Either extends defineEvent("types.either", {
  input: z.union([z.object({ a: z.string() }), z.object({ b: z.string() })]),
}) {}
export class Settings extends defineEvent("types.settings", {
  input: z.record(z.string(), z.number()),
}) {}

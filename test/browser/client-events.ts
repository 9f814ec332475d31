import { defineEvent } from "tsmodules";
import { z } from "zod";

/** The events that a page and its server have in common. */
export class Greet extends defineEvent("browser.greet", {
  input: z.object({ name: z.string(), at: z.date() }),
  output: z.object({ message: z.string(), at: z.date() }),
  errors: { TOO_RUDE: z.object({ word: z.string(), count: z.bigint() }) },
}) {}

export class Count extends defineEvent("browser.count", {
  input: z.object({ to: z.number() }),
  output: z.object({ n: z.number() }),
  stream: true,
}) {}

export class Wait extends defineEvent("browser.wait", { output: z.string() }) {}

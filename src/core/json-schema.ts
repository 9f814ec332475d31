import type { StandardSchema } from "./standard-schema.ts";

/** A JSON Schema document, draft 2020-12. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * The JSON Schema of one side of `schema`, or undefined where its library offers none (Standard JSON Schema is
 * optional) or cannot express this one.
 */
export function jsonSchemaOf(
  schema: StandardSchema<unknown>,
  side: "input" | "output",
): JsonSchema | undefined {
  const converter = schema["~standard"].jsonSchema;
  if (converter === undefined) return undefined;
  try {
    // `unrepresentable`: zod documents what JSON Schema cannot say (dates, bigints) as "anything" instead of throwing.
    return converter[side]({ target: "draft-2020-12", libraryOptions: { unrepresentable: "any" } });
  } catch {
    return undefined;
  }
}

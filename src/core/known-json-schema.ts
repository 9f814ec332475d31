import { type JsonSchema, jsonSchemaOf } from "./json-schema.ts";
import type { StandardSchema } from "./standard-schema.ts";

type Side = "input" | "output";

const known: Readonly<Record<Side, WeakMap<StandardSchema<unknown>, JsonSchema | undefined>>> = {
  input: new WeakMap(),
  output: new WeakMap(),
};

/** As `jsonSchemaOf`, found out once. */
export function knownJsonSchema(schema: StandardSchema<unknown>, side: Side): JsonSchema | undefined {
  if (!known[side].has(schema)) known[side].set(schema, jsonSchemaOf(schema, side));
  return known[side].get(schema);
}

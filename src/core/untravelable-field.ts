import { jsonSchemaOf } from "./json-schema.ts";
import type { StandardSchema } from "./standard-schema.ts";
import { untravelable } from "./travel.ts";

type Side = "input" | "output";

const known: Readonly<Record<Side, WeakMap<StandardSchema<unknown>, string | undefined>>> = {
  input: new WeakMap(),
  output: new WeakMap(),
};

/** The field of what a schema takes or gives that JSON cannot carry; undefined if there is none. Found out once. */
export function untravelableField(schema: StandardSchema<unknown>, side: Side): string | undefined {
  if (!known[side].has(schema)) {
    const jsonSchema = jsonSchemaOf(schema, side);
    known[side].set(schema, jsonSchema && untravelable(jsonSchema));
  }
  return known[side].get(schema);
}

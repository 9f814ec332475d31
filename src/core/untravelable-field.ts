import type { JsonSchema } from "./json-schema.ts";
import { knownJsonSchema } from "./known-json-schema.ts";
import type { StandardSchema } from "./standard-schema.ts";
import { untravelable } from "./travel.ts";

const known = new WeakMap<JsonSchema, string | undefined>();

/** The field of what a schema takes or gives that JSON cannot carry; undefined if there is none. Found out once. */
export function untravelableField(
  schema: StandardSchema<unknown>,
  side: "input" | "output",
): string | undefined {
  const jsonSchema = knownJsonSchema(schema, side);
  if (jsonSchema === undefined) return undefined;
  if (!known.has(jsonSchema)) known.set(jsonSchema, untravelable(jsonSchema));
  return known.get(jsonSchema);
}

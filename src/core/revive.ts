import { jsonSchemaOf } from "./json-schema.ts";
import type { StandardSchema } from "./standard-schema.ts";
import { type Revive, reviverOf } from "./travel.ts";

const revivers = new WeakMap<StandardSchema<unknown>, Revive>();

/** Makes of what came as JSON what `schema` gives: dates, bigints and bytes travel as text. */
export function revive(value: unknown, schema: StandardSchema<unknown>): unknown {
  let reviver = revivers.get(schema);
  if (reviver === undefined) {
    reviver = reviverOf(jsonSchemaOf(schema, "output")) ?? ((value) => value);
    revivers.set(schema, reviver);
  }
  return reviver(value);
}

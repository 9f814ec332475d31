import { jsonSchemaOf } from "./json-schema.ts";
import type { StandardSchema } from "./standard-schema.ts";
import { type Revive, reviverOf, untravelable } from "./travel.ts";

/** What there is to know of a schema whose values come as JSON. */
interface Travel {
  readonly revive: Revive;
  readonly untravelable: string | undefined;
}

const known = new WeakMap<StandardSchema<unknown>, Travel>();

/** Makes of what came as JSON what `schema` gives: dates, bigints and bytes travel as text. */
export function revive(value: unknown, schema: StandardSchema<unknown>): unknown {
  return travelOf(schema).revive(value);
}

/** The field of what `schema` gives that JSON cannot carry, as a path; undefined if it can carry all, or nobody knows. */
export function unrevivable(schema: StandardSchema<unknown>): string | undefined {
  return travelOf(schema).untravelable;
}

function travelOf(schema: StandardSchema<unknown>): Travel {
  let travel = known.get(schema);
  if (travel === undefined) {
    const jsonSchema = jsonSchemaOf(schema, "output");
    travel = {
      revive: reviverOf(jsonSchema) ?? ((value) => value),
      untravelable: jsonSchema && untravelable(jsonSchema),
    };
    known.set(schema, travel);
  }
  return travel;
}

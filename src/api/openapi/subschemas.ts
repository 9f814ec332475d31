import type { JsonSchema } from "../../core/json-schema.ts";

const ONE: ReadonlySet<string> = new Set([
  ...["additionalProperties", "contains", "contentSchema", "else", "if", "items", "not", "propertyNames"],
  ...["then", "unevaluatedItems", "unevaluatedProperties"],
]);
const LISTS: ReadonlySet<string> = new Set(["allOf", "anyOf", "oneOf", "prefixItems"]);
const BY_NAME: ReadonlySet<string> = new Set([
  ...["$defs", "definitions", "dependentSchemas", "patternProperties", "properties"],
]);

/** The schema with each schema right inside it changed. What only looks like one, such as a default, stays as it is. */
export function mapSubschemas(schema: JsonSchema, change: (inner: JsonSchema) => JsonSchema): JsonSchema {
  const changed = (value: unknown) => (isSchema(value) ? change(value) : value);
  return mapValues(schema, (value, keyword) => {
    if (ONE.has(keyword)) return changed(value);
    if (LISTS.has(keyword)) return (value as readonly unknown[]).map(changed);
    if (BY_NAME.has(keyword)) return mapValues(value as JsonSchema, changed);
    return value;
  });
}

function mapValues(from: JsonSchema, change: (value: unknown, key: string) => unknown): JsonSchema {
  return Object.fromEntries(Object.entries(from).map(([key, value]) => [key, change(value, key)]));
}

/** `true` and `false` are schemas too, with nothing inside. */
function isSchema(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

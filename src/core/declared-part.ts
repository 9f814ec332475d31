import type { JsonSchema } from "./json-schema.ts";
import { alternativesOf, propertiesOf, resolve } from "./schema-properties.ts";

/**
 * What of a value its schema declares, as a copy: fields that the schema does not have are left out, at any depth, unless
 * it says that there may be others.
 */
export function declaredPart(value: unknown, schema: JsonSchema, root: JsonSchema = schema): unknown {
  const resolved = resolve(schema, root);
  if (Array.isArray(value)) {
    return value.map((item, index) => {
      const declared = itemOf(resolved, index, root);
      return declared === undefined ? item : declaredPart(item, declared, root);
    });
  }
  return hasFields(value) ? declaredFields(value, resolved, root) : value;
}

function declaredFields(value: Record<string, unknown>, schema: JsonSchema, root: JsonSchema): unknown {
  const properties = propertiesOf(schema, root);
  const others = othersOf(schema, root);
  if (properties.size === 0 && others === undefined) return value;
  const declared = Object.entries(value).flatMap(([name, field]) => {
    const property = properties.get(name) ?? others;
    return property === undefined ? [] : [[name, declaredPart(field, property, root)]];
  });
  return Object.fromEntries(declared);
}

function itemOf(schema: JsonSchema, index: number, root: JsonSchema): JsonSchema | undefined {
  const { prefixItems = [], items } = schema as { prefixItems?: JsonSchema[]; items?: JsonSchema };
  const own = prefixItems[index] ?? items;
  if (typeof own === "object") return own;
  return firstOf(schema, root, (part) => itemOf(part, index, root));
}

/** The schema of the fields that have no name in it; undefined where there are none. */
function othersOf(schema: JsonSchema, root: JsonSchema): JsonSchema | undefined {
  const { additionalProperties } = schema as { additionalProperties?: JsonSchema | boolean };
  if (additionalProperties === true) return {};
  if (typeof additionalProperties === "object") return additionalProperties;
  return firstOf(schema, root, (part) => othersOf(part, root));
}

function firstOf<Found>(
  schema: JsonSchema,
  root: JsonSchema,
  find: (part: JsonSchema) => Found | undefined,
): Found | undefined {
  for (const part of alternativesOf(schema)) {
    const found = find(resolve(part, root));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Dates, bytes and whatever says by itself what it is in JSON have none. */
function hasFields(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return false;
  return typeof (value as { readonly toJSON?: unknown }).toJSON !== "function";
}

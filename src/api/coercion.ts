import type { JsonSchema } from "../core/json-schema.ts";
import { alternativesOf, resolve } from "../core/schema-properties.ts";

/** Turns the text of a path, a query or a header into what a schema asks for; text that is none of it stays text. */
export type Coerce = (given: string | readonly string[]) => unknown;

/** Undefined where the schema takes text as it is. */
export function coercionTo(schema: JsonSchema, root: JsonSchema): Coerce | undefined {
  const types = typesOf(schema, root);
  if (!types.has("array")) return conversionTo(types);
  const items = itemsOf(schema, root);
  // An item is text, also where the schema would take lists of lists.
  const convert = items && conversionTo(typesOf(items, root));
  return (given) => [given].flat().map((text) => (convert === undefined ? text : convert(text)));
}

function conversionTo(types: ReadonlySet<unknown>): Coerce | undefined {
  const conversions = [
    types.has("number") || types.has("integer") ? toNumber : undefined,
    types.has("boolean") ? toBoolean : undefined,
    types.has("null") && !types.has("string") ? toNull : undefined,
  ].filter((conversion) => conversion !== undefined);
  if (conversions.length === 0 || types.has("string")) return undefined;
  return (given) => {
    if (typeof given !== "string") return given;
    const converted = conversions.map((convert) => convert(given)).find((value) => value !== undefined);
    return converted === undefined ? given : converted;
  };
}

function toNumber(text: string): number | undefined {
  return /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text) ? Number(text) : undefined;
}

function toBoolean(text: string): boolean | undefined {
  return text === "true" ? true : text === "false" ? false : undefined;
}

function toNull(text: string): null | undefined {
  return text === "null" || text === "" ? null : undefined;
}

function typesOf(
  schema: JsonSchema,
  root: JsonSchema,
  seen: readonly JsonSchema[] = [],
): ReadonlySet<unknown> {
  const resolved = resolve(schema, root);
  if (seen.includes(resolved)) return new Set();
  const values = [resolved.const, resolved.enum].flat().filter((value) => value !== undefined);
  // Text that is listed is known by itself; only where all text is taken, none of it means something else.
  const listed = values
    .map((value) => (value === null ? "null" : typeof value))
    .filter((type) => type !== "string");
  return new Set([
    ...(values.length > 0 ? listed : [resolved.type ?? []].flat()),
    ...alternativesOf(resolved).flatMap((part) => [...typesOf(part, root, [...seen, resolved])]),
  ]);
}

function itemsOf(schema: JsonSchema, root: JsonSchema): JsonSchema | undefined {
  const resolved = resolve(schema, root);
  const own = resolved.items as JsonSchema | undefined;
  return (
    own ??
    alternativesOf(resolved)
      .map((part) => resolve(part, root).items as JsonSchema | undefined)
      .find(Boolean)
  );
}

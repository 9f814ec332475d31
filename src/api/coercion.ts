import type { JsonSchema } from "../core/json-schema.ts";
import { alternativesOf, resolve } from "../core/schema-properties.ts";

/** Turns the text of a path, a query or a header into what a schema asks for; text that is none of it stays text. */
export type Coerce = (given: string | readonly string[]) => unknown;

/** Undefined where the schema takes text as it is. */
export function coercionTo(schema: JsonSchema, root: JsonSchema): Coerce | undefined {
  const types = typesOf(schema, root);
  const items = itemsOf(schema, root);
  if (types.has("array")) {
    const item = items && coercionTo(items, root);
    return (given) => [given].flat().map((text) => item?.(text as string) ?? text);
  }
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
  return new Set([
    ...[resolved.type ?? []].flat(),
    ...values.map((value) => (value === null ? "null" : typeof value)),
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

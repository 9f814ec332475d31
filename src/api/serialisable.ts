import { type JsonSchema, TRAVELS } from "../core/json-schema.ts";

/** What says nothing about which fields leave. */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set([
  ...["$schema", "$id", "$comment", "id", "title", "description", "default", "example", "examples"],
  ...["deprecated", "readOnly", "writeOnly", "pattern", "minLength", "maxLength", "minimum", "maximum"],
  ...["exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minItems", "maxItems", "uniqueItems"],
  ...[
    "minProperties",
    "maxProperties",
    "propertyNames",
    "contentEncoding",
    "contentMediaType",
    "enum",
    "const",
  ],
]);

/**
 * The schema as fast-json-stringify takes it, or undefined where it could not be trusted with it: it cannot choose
 * between alternatives when an answer has more fields than they do, and what it does not understand (tuples, schemas
 * that say nothing) leaves as it is.
 */
export function serialisable(schema: JsonSchema): JsonSchema | undefined {
  const optional = nullable(schema);
  if (optional !== undefined) {
    const { $defs } = schema;
    const inner = serialisable($defs === undefined ? optional : { ...optional, $defs });
    return inner && { ...inner, nullable: true };
  }
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(schema)) {
    if (WITHOUT_EFFECT.has(key)) continue;
    const part = partOf(key, value);
    if (part === undefined) return undefined;
    if (part !== OMITTED) result[key] = part;
  }
  return saysWhatLeaves(result) ? result : undefined;
}

function saysWhatLeaves({ $ref, type, properties, additionalProperties }: JsonSchema): boolean {
  if ($ref !== undefined) return true;
  const isObject = [type].flat().includes("object");
  return isObject ? properties !== undefined || additionalProperties !== undefined : type !== undefined;
}

const OMITTED = Symbol("omitted");

/** One keyword's value; undefined if it is not understood. */
function partOf(key: string, value: unknown): unknown {
  switch (key) {
    case "type":
    case "$ref":
    case "required":
      return value;
    case "format":
      return value === "date-time" ? value : OMITTED;
    case TRAVELS:
      return value === "date" || value === "bigint" ? OMITTED : undefined;
    case "items":
      return typeof value === "object" ? serialisable(value as JsonSchema) : undefined;
    case "additionalProperties":
      return typeof value === "object"
        ? serialisable(value as JsonSchema)
        : value === false
          ? false
          : undefined;
    case "properties":
    case "$defs":
      return allSerialisable(value as Record<string, JsonSchema>);
    default:
      return undefined;
  }
}

function allSerialisable(schemas: Record<string, JsonSchema>): Record<string, JsonSchema> | undefined {
  const entries = Object.entries(schemas).map(([name, schema]) => [name, serialisable(schema)] as const);
  return entries.every(([, schema]) => schema !== undefined)
    ? (Object.fromEntries(entries) as Record<string, JsonSchema>)
    : undefined;
}

/** The other alternative of one that may be null. */
function nullable({ anyOf }: JsonSchema): JsonSchema | undefined {
  if (!Array.isArray(anyOf) || anyOf.length !== 2) return undefined;
  const others = (anyOf as JsonSchema[]).filter(({ type }) => type !== "null");
  return others.length === 1 ? others[0] : undefined;
}

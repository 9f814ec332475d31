import type { JsonSchema } from "./json-schema.ts";

/** The properties that an object of this schema may have, those of its alternatives included. */
export function propertiesOf(schema: JsonSchema, root: JsonSchema = schema): ReadonlyMap<string, JsonSchema> {
  const resolved = resolve(schema, root);
  const properties = new Map<string, JsonSchema>();
  for (const part of alternativesOf(resolved)) {
    for (const [name, property] of propertiesOf(part, root)) {
      properties.set(name, eitherOf(properties.get(name), property));
    }
  }
  for (const [name, property] of Object.entries((resolved.properties ?? {}) as Record<string, JsonSchema>)) {
    properties.set(name, property);
  }
  return properties;
}

/** The properties that every object of this schema has. */
export function requiredOf(schema: JsonSchema, root: JsonSchema = schema): ReadonlySet<string> {
  const { allOf = [], anyOf = [], oneOf = [], required = [] } = resolve(schema, root);
  const ofEach = (schemas: unknown) => (schemas as JsonSchema[]).map((part) => requiredOf(part, root));
  const [first = new Set<string>(), ...others] = ofEach([anyOf, oneOf].flat());
  return new Set([
    ...(required as readonly string[]),
    ...ofEach(allOf).flatMap((names) => [...names]),
    ...[...first].filter((name) => others.every((names) => names.has(name))),
  ]);
}

/** The schema of what is left of an object when it loses these properties. */
export function withoutProperties(
  schema: JsonSchema,
  names: ReadonlySet<string>,
  root: JsonSchema = schema,
): JsonSchema {
  const properties = propertiesOf(schema, root);
  if (![...names].some((name) => properties.has(name))) return schema;
  const { ...rest } = resolve(schema, root) as Record<string, unknown>;
  for (const keyword of ["allOf", "anyOf", "oneOf"] as const) {
    const parts = rest[keyword] as JsonSchema[] | undefined;
    if (parts !== undefined) rest[keyword] = parts.map((part) => withoutProperties(part, names, root));
  }
  if (rest.required !== undefined) {
    rest.required = (rest.required as string[]).filter((name) => !names.has(name));
  }
  if (rest.properties !== undefined) {
    rest.properties = withoutFields(rest.properties, names);
  }
  if (rest.default !== undefined) rest.default = withoutFields(rest.default, names);
  if (rest.examples !== undefined) {
    rest.examples = (rest.examples as unknown[]).map((example) => withoutFields(example, names));
  }
  return rest;
}

/** What is left of an object when it loses these fields; anything else stays as it is. */
export function withoutFields(value: unknown, names: ReadonlySet<string>): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([name]) => !names.has(name)));
}

/** The schemas that this one is composed of by `allOf`, `anyOf` and `oneOf`. */
export function alternativesOf({ allOf = [], anyOf = [], oneOf = [] }: JsonSchema): readonly JsonSchema[] {
  return [allOf, anyOf, oneOf].flat() as JsonSchema[];
}

/** What a local reference stands for. */
export function resolve(schema: JsonSchema, root: JsonSchema): JsonSchema {
  const { $ref } = schema;
  if (typeof $ref !== "string" || !$ref.startsWith("#")) return schema;
  const keys = $ref.slice(1).split("/").filter(Boolean).map(keyOf);
  const target = keys.reduce<unknown>(
    (value, key) => (value as Record<string, unknown> | undefined)?.[key],
    root,
  );
  return (target as JsonSchema | undefined) ?? schema;
}

/** A part of a JSON Pointer in a URI's fragment (RFC 6901); as it is where a library has not encoded it. */
export function keyOf(part: string): string {
  return part
    .replace(/(%[\da-f]{2})+/gi, decodeURIComponent)
    .replaceAll("~1", "/")
    .replaceAll("~0", "~");
}

function eitherOf(known: JsonSchema | undefined, other: JsonSchema): JsonSchema {
  if (known === undefined || JSON.stringify(known) === JSON.stringify(other)) return other;
  return {
    anyOf: [...(known.anyOf && Object.keys(known).length === 1 ? (known.anyOf as []) : [known]), other],
  };
}

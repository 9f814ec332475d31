import type { JsonSchema } from "./json-schema.ts";

/** The properties that an object of this schema may have, those of its alternatives included. */
export function propertiesOf(schema: JsonSchema, root: JsonSchema = schema): ReadonlyMap<string, JsonSchema> {
  const resolved = resolve(schema, root);
  const own = Object.entries((resolved.properties ?? {}) as Record<string, JsonSchema>);
  const inherited = alternativesOf(resolved).flatMap((part) => [...propertiesOf(part, root)]);
  return new Map([...inherited, ...own]);
}

/** The schemas that this one is composed of by `allOf`, `anyOf` and `oneOf`. */
export function alternativesOf({ allOf = [], anyOf = [], oneOf = [] }: JsonSchema): readonly JsonSchema[] {
  return [allOf, anyOf, oneOf].flat() as JsonSchema[];
}

/** What a local reference stands for. */
export function resolve(schema: JsonSchema, root: JsonSchema): JsonSchema {
  const { $ref } = schema;
  if (typeof $ref !== "string" || !$ref.startsWith("#")) return schema;
  const keys = $ref.slice(1).split("/").filter(Boolean).map(decodeURIComponent);
  const target = keys.reduce<unknown>(
    (value, key) => (value as Record<string, unknown> | undefined)?.[key],
    root,
  );
  return (target as JsonSchema | undefined) ?? schema;
}

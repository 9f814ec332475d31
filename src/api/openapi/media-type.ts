import type { JsonSchema } from "../../core/json-schema.ts";

/** What a body of one media type is like. */
export function mediaType(schema: JsonSchema, examples: readonly unknown[]): JsonSchema {
  const [first] = examples;
  if (examples.length <= 1) return { schema, ...(first !== undefined && { example: first }) };
  const named = examples.map((value, index) => [`example${index + 1}`, { value }]);
  return { schema, examples: Object.fromEntries(named) };
}

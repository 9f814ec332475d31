import type { FastifyRequest } from "fastify";
import { type Coerce, coercionTo } from "./coercion.ts";
import { type Endpoint, hasBody } from "./endpoint.ts";
import { propertiesOf } from "./schema-properties.ts";

type Fields = Record<string, unknown>;

/** Takes one field out of a request. */
interface FieldReader {
  readonly field: string;
  read(request: FastifyRequest): unknown;
}

/**
 * Makes the function that gathers an endpoint's input: each field from its one place, path, query and headers coerced
 * by the JSON Schema. Nothing is validated here; the event does that.
 */
export function inputReader(endpoint: Endpoint): (request: FastifyRequest) => unknown {
  const restFrom = hasBody(endpoint.method) ? "body" : "query";
  const readers = [...endpoint.places.keys()].flatMap(
    (field) => fieldReader(endpoint, field, restFrom) ?? [],
  );
  if (restFrom === "body" && readers.length === 0) return ({ body }) => body ?? undefined;
  const placed = new Set(readers.map(({ field }) => field));

  return (request) => {
    const rest = request[restFrom];
    // Not an object: nothing can be added to it, and the contract's own schema says what is wrong.
    if (rest !== null && rest !== undefined && (typeof rest !== "object" || Array.isArray(rest))) return rest;
    const input: Fields = {};
    for (const [field, value] of Object.entries((rest ?? {}) as Fields))
      if (!placed.has(field)) input[field] = value;
    for (const { field, read } of readers) {
      const value = read(request);
      if (value !== undefined) input[field] = value;
    }
    return input;
  };
}

/** Undefined for a field that simply stays where the rest comes from. */
function fieldReader(
  { input, places }: Endpoint,
  field: string,
  restFrom: "body" | "query",
): FieldReader | undefined {
  const place = places.get(field);
  if (place === undefined || place.in === "body") return undefined;
  const schema = input && propertiesOf(input).get(field);
  const coerce = input && schema && coercionTo(schema, input);
  if (place.in === "query" && restFrom === "query" && coerce === undefined) return undefined;
  const coerced = (value: unknown) => (value === undefined ? undefined : coerceOr(coerce, value));
  switch (place.in) {
    case "path":
      return { field, read: ({ params }) => coerced((params as Fields)[field]) };
    case "query":
      return { field, read: ({ query }) => coerced((query as Fields)[field]) };
    case "header":
      return { field, read: ({ headers }) => coerced(headers[place.name]) };
  }
}

function coerceOr(coerce: Coerce | undefined, value: unknown): unknown {
  return coerce === undefined ? value : coerce(value as string);
}

import type { FastifyRequest } from "fastify";
import { propertiesOf } from "../core/schema-properties.ts";
import { reviverOf } from "../core/travel.ts";
import { coercionTo } from "./coercion.ts";
import { refuseDepth } from "./depth.ts";
import { type Endpoint, hasBody } from "./endpoint.ts";

type Fields = Record<string, unknown>;

/** Reads an endpoint's input from a request. */
export type InputReader = (request: FastifyRequest) => unknown;

/** Takes one field out of a request. */
interface FieldReader {
  readonly field: string;
  read(request: FastifyRequest): unknown;
}

/**
 * Makes the function that gathers an endpoint's input: each field from its one place; path, query and headers coerced,
 * and what JSON has no type for revived, by the JSON Schema. Nothing is validated here; the event does that.
 */
export function inputReader(endpoint: Endpoint): InputReader {
  const gather = gatherer(endpoint);
  const revive = reviverOf(endpoint.input);
  return revive === undefined ? gather : (request) => revive(gather(request));
}

function gatherer(endpoint: Endpoint): InputReader {
  const restFrom = hasBody(endpoint.method) ? "body" : "query";
  const readers = [...endpoint.places.keys()].flatMap(
    (field) => fieldReader(endpoint, field, restFrom) ?? [],
  );
  if (restFrom === "body" && readers.length === 0) return ({ body }) => refuseDepth(body ?? undefined);
  const placed = new Set(readers.map(({ field }) => field));

  return (request) => {
    const rest = (restFrom === "body" ? refuseDepth(request.body) : request.query) as
      | Fields
      | null
      | undefined;
    // Not an object: nothing can be added to it, and the contract's own schema says what is wrong.
    if (rest !== null && rest !== undefined && (typeof rest !== "object" || Array.isArray(rest))) return rest;
    const input: Fields = {};
    for (const field in rest) if (!placed.has(field) && field !== "__proto__") input[field] = rest[field];
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
  const source = place.in === "path" ? "params" : place.in === "query" ? "query" : "headers";
  const name = place.in === "header" ? place.name : field;
  return {
    field,
    read(request) {
      const value = (request[source] as Fields)[name];
      return coerce === undefined || value === undefined ? value : coerce(value as string);
    },
  };
}

import type { Contract } from "../core/contract.ts";
import { type JsonSchema, jsonSchemaOf } from "../core/json-schema.ts";
import { propertiesOf, resolve } from "../core/schema-properties.ts";
import { hasBody } from "./endpoint.ts";
import type { MountedEndpoint } from "./endpoints.ts";

/** What a document says of the whole. */
export interface DocumentInfo {
  readonly title: string;
  readonly version: string;
  readonly description?: string;
}

const PROBLEM = { $ref: "#/components/schemas/Problem" };

const PROBLEM_SCHEMA = {
  type: "object",
  description: "Problem details (RFC 9457)",
  required: ["type", "title", "status", "detail", "code"],
  properties: {
    type: { type: "string" },
    title: { type: "string" },
    status: { type: "integer" },
    detail: { type: "string" },
    code: { type: "string" },
    errors: {
      type: "array",
      items: {
        type: "object",
        required: ["pointer", "message"],
        properties: { pointer: { type: "string" }, message: { type: "string" } },
      },
    },
    data: {},
  },
};

/**
 * Describes endpoints by the schemas of their contracts.
 *
 * @see https://spec.openapis.org/oas/v3.1.1.html
 */
export function openApiDocument(endpoints: readonly MountedEndpoint[], info: DocumentInfo): JsonSchema {
  const paths: Record<string, Record<string, unknown>> = {};
  const schemas: Components = { Problem: PROBLEM_SCHEMA };
  for (const endpoint of endpoints) {
    const { contract, method, route } = endpoint;
    const described = {
      ...endpoint,
      input: endpoint.input && embedded(endpoint.input, `${contract.name}.input`, schemas),
      output: endpoint.output && embedded(endpoint.output, `${contract.name}.output`, schemas),
    };
    paths[route] = { ...paths[route], [method.toLowerCase()]: operationOf(described, schemas) };
  }
  return { openapi: "3.1.1", info, paths, components: { schemas } };
}

function operationOf(endpoint: MountedEndpoint, schemas: Components): JsonSchema {
  const { contract, deprecated, summary, tags } = endpoint;
  const parameters = parametersOf(endpoint);
  const requestBody = requestBodyOf(endpoint);
  return {
    operationId: contract.name,
    summary,
    ...(contract.description !== undefined && { description: contract.description }),
    tags,
    ...(deprecated && { deprecated }),
    ...(parameters.length > 0 && { parameters }),
    ...(requestBody !== undefined && { requestBody }),
    responses: responsesOf(endpoint, schemas),
  };
}

function parametersOf({ input, places }: MountedEndpoint): JsonSchema[] {
  const fields = input === undefined ? undefined : propertiesOf(input);
  const required = new Set((input && (resolve(input, input).required as string[] | undefined)) ?? []);
  return [...places].flatMap(([field, place]) => {
    if (place.in === "body") return [];
    return {
      name: place.in === "header" ? place.name : field,
      in: place.in,
      required: place.in === "path" || required.has(field),
      schema: fields?.get(field) ?? { type: "string" },
    };
  });
}

/** The input's schema without the fields that come from elsewhere. */
function requestBodyOf({ input, method, places }: MountedEndpoint): JsonSchema | undefined {
  if (!hasBody(method) || (input === undefined && places.size > 0)) return undefined;
  const elsewhere = [...places].filter(([, place]) => place.in !== "body").map(([field]) => field);
  if (places.size > 0 && elsewhere.length === places.size) return undefined;
  const schema = input ?? {};
  const properties = Object.entries((schema.properties ?? {}) as object).filter(
    ([field]) => !elsewhere.includes(field),
  );
  const required = ((schema.required ?? []) as string[]).filter((field) => !elsewhere.includes(field));
  const rest =
    elsewhere.length === 0 ? schema : { ...schema, properties: Object.fromEntries(properties), required };
  return {
    required: !("properties" in rest) || required.length > 0,
    content: { "application/json": { schema: rest } },
  };
}

function responsesOf({ contract, input, output, status }: MountedEndpoint, schemas: Components): JsonSchema {
  const errorStatus = typeof contract.http === "object" ? (contract.http.errorStatus ?? {}) : {};
  const declared = Object.groupBy(Object.keys(contract.errors), (code) => String(errorStatus[code] ?? 422));
  const problemResponse = (description: string, schema: JsonSchema = PROBLEM) => ({
    description,
    content: { "application/problem+json": { schema } },
  });
  return {
    [status]:
      status === 204
        ? { description: "Done" }
        : { description: "The answer", content: { "application/json": { schema: output ?? {} } } },
    ...(input !== undefined && { 422: problemResponse("The input is invalid") }),
    ...Object.fromEntries(
      Object.entries(declared).map(([code, codes = []]) => {
        const anyOf = codes.map((name) => declaredSchema(contract, name, schemas));
        return [code, problemResponse(codes.join(", "), { anyOf: [...anyOf, PROBLEM] })];
      }),
    ),
    default: problemResponse("Any other problem"),
  };
}

function declaredSchema({ errors, name }: Contract, code: string, schemas: Components): JsonSchema {
  const schema = errors[code] && jsonSchemaOf(errors[code], "output");
  const data = schema === undefined ? {} : embedded(schema, `${name}.${code}`, schemas);
  return { allOf: [PROBLEM, { type: "object", properties: { code: { const: code }, data } }] };
}

type Components = Record<string, JsonSchema>;

/** The schema as a part of a document, to whose components its own definitions go: `#` is the document there. */
function embedded(schema: JsonSchema, name: string, components: Components): JsonSchema {
  const { $schema, $defs = {}, ...rest } = schema;
  const component = name.replace(/[^\w.-]/g, "_");
  const moved = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(moved);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [
        key,
        key === "$ref" ? movedReference(inner) : moved(inner),
      ]),
    );
  };
  const movedReference = (reference: unknown) => {
    if (reference !== "#") return String(reference).replace("#/$defs/", `#/components/schemas/${component}.`);
    if (!(component in components)) {
      components[component] = {}; // The schema refers to itself: this keeps the next round from beginning anew.
      components[component] = moved(rest) as JsonSchema;
    }
    return `#/components/schemas/${component}`;
  };
  for (const [key, definition] of Object.entries($defs as object)) {
    components[`${component}.${key}`] = moved(definition) as JsonSchema;
  }
  return moved(rest) as JsonSchema;
}

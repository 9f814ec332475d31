import type { Contract, HttpOptions } from "../core/contract.ts";
import { ConfigurationError } from "../core/errors.ts";
import type { AnyEventClass } from "../core/event.ts";
import { type JsonSchema, jsonSchemaOf } from "../core/json-schema.ts";
import { propertiesOf } from "../core/schema-properties.ts";
import { type ConventionalRoute, conventionalRoute } from "./convention.ts";

export type HttpMethod = NonNullable<HttpOptions["method"]>;

/** Where one field of an input comes from. */
export type Place =
  | { readonly in: "path" | "query" | "body" }
  | { readonly in: "header"; readonly name: string };

/** An event as an HTTP route. */
export interface Endpoint {
  readonly event: AnyEventClass;
  readonly contract: Contract;
  readonly method: HttpMethod;
  /** With parameters in braces, and without a prefix: `/users/{userId}`. */
  readonly path: string;
  readonly status: 200 | 201 | 204;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly deprecated: boolean;
  /** Undefined where the schema library offers no JSON Schema. */
  readonly input: JsonSchema | undefined;
  readonly output: JsonSchema | undefined;
  /** The place of every field that the input is known to have; others come with the body, or else the query. */
  readonly places: ReadonlyMap<string, Place>;
}

/**
 * Makes an endpoint of an event: what `http` says, the rest by convention from its name.
 *
 * @throws {ConfigurationError} if the event cannot be served.
 */
export function endpointOf(
  event: AnyEventClass,
  http: HttpOptions = httpOptionsOf(event.contract),
): Endpoint {
  const { contract } = event;
  refuseUnservable(contract);
  const convention = conventionalRoute(contract.name);
  const input = contract.input && jsonSchemaOf(contract.input, "input");
  const method = http.method ?? convention.method;
  const path = http.path ?? withParameter(convention, contract.name, input);
  return {
    event,
    contract,
    method,
    path,
    status: contract.output === undefined ? 204 : convention.creates && method === "POST" ? 201 : 200,
    tags: http.tags ?? [convention.tag],
    summary: http.summary ?? convention.summary,
    deprecated: http.deprecated ?? false,
    input,
    output: contract.output && jsonSchemaOf(contract.output, "output"),
    places: placesOf(contract.name, method, path, input, http),
  };
}

/** Whether requests of this method bring their input in a body. */
export function hasBody(method: HttpMethod): boolean {
  return method !== "GET" && method !== "DELETE";
}

/** The names in braces. */
export function parametersOf(path: string): string[] {
  return Array.from(path.matchAll(/\{([^}]+)\}/g), ([, name = ""]) => name);
}

function httpOptionsOf({ http }: Contract): HttpOptions {
  return typeof http === "object" ? http : {};
}

function refuseUnservable({ http, name }: Contract): void {
  if (http === false) throw new ConfigurationError(`"${name}" says that it is not for HTTP (http: false)`);
}

/** The conventional path, its parameter named as the input's own field is. */
function withParameter(
  { path, thing }: ConventionalRoute,
  name: string,
  input: JsonSchema | undefined,
): string {
  if (!path.includes("{id}")) return path;
  const candidates = [
    `${thing}Id`,
    `${thing.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}_id`,
    "id",
  ];
  const fields = input === undefined ? undefined : propertiesOf(input);
  const field = candidates.find((candidate) => fields === undefined || fields.has(candidate));
  if (field === undefined) {
    throw new ConfigurationError(
      `"${name}" is ${path} by convention, but its input has no field ${candidates.join(", ")}; say http: { path }`,
    );
  }
  return path.replace("{id}", `{${field}}`);
}

function placesOf(
  name: string,
  method: HttpMethod,
  path: string,
  input: JsonSchema | undefined,
  { headers = {}, query = [] }: HttpOptions,
): ReadonlyMap<string, Place> {
  const parameters = parametersOf(path);
  const fields = input === undefined ? undefined : propertiesOf(input);
  const named = [...parameters, ...query, ...Object.keys(headers)];
  const unknown = named.find((field) => fields !== undefined && !fields.has(field));
  if (unknown !== undefined) {
    throw new ConfigurationError(`"${name}" has no input field "${unknown}" for ${method} ${path}`);
  }
  const placeOf = (field: string): Place => {
    if (parameters.includes(field)) return { in: "path" };
    const header = headers[field];
    if (header !== undefined) return { in: "header", name: header.toLowerCase() };
    return { in: query.includes(field) || !hasBody(method) ? "query" : "body" };
  };
  return new Map([...new Set([...(fields?.keys() ?? []), ...named])].map((field) => [field, placeOf(field)]));
}

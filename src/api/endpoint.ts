import type { Contract, HttpOptions } from "../core/contract.ts";
import { ConfigurationError } from "../core/errors.ts";
import type { AnyEventClass } from "../core/event.ts";
import { type JsonSchema, jsonSchemaOf } from "../core/json-schema.ts";
import { propertiesOf, resolve } from "../core/schema-properties.ts";
import { exposureOf, httpOptionsOf } from "./exposure.ts";
import { checkHttpOptions } from "./http-options.ts";
import { DEFAULT_NAMING, type NamedRoute, type Naming, routeByName } from "./naming.ts";
import { parametersOf } from "./route-path.ts";
import { camelCase } from "./words.ts";

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
  /** Reachable without a principal on an application that authenticates. */
  readonly public: boolean;
  /** HTTP status by declared error code; 422 for those that are not here. */
  readonly errorStatus: Readonly<Record<string, number>>;
  /** Undefined where the schema library offers no JSON Schema. */
  readonly input: JsonSchema | undefined;
  readonly output: JsonSchema | undefined;
  /** The place of every field that the input is known to have; others come with the body, or else the query. */
  readonly places: ReadonlyMap<string, Place>;
}

/**
 * Makes an endpoint of an event: what `http` says, the rest by convention from its name.
 *
 * @param http - By default what the class says, else its contract.
 * @throws {ConfigurationError} if the event cannot be served, or `http` is wrong.
 */
export function endpointOf(
  event: AnyEventClass,
  http: HttpOptions = httpOptionsOf(event),
  naming: Naming = DEFAULT_NAMING,
): Endpoint {
  const { contract } = event;
  if (exposureOf(event) === false)
    throw new ConfigurationError(`"${contract.name}" says that it is not for HTTP (http: false)`);
  checkHttpOptions(contract, http);
  const named = routeByName(contract.name, naming);
  const input = contract.input && jsonSchemaOf(contract.input, "input");
  const method = http.method ?? named.method;
  const path = http.path ?? withParameter(named, input);
  return {
    event,
    contract,
    method,
    path,
    status: contract.output === undefined ? 204 : named.creates && method === "POST" ? 201 : 200,
    tags: http.tags ?? named.tags,
    summary: http.summary ?? named.summary,
    deprecated: http.deprecated ?? false,
    public: http.public ?? false,
    errorStatus: http.errorStatus ?? {},
    input,
    output: contract.output && jsonSchemaOf(contract.output, "output"),
    places: placesOf(contract.name, method, path, input, http),
  };
}

/** Whether requests of this method bring their input in a body. */
export function hasBody(method: HttpMethod): boolean {
  return method !== "GET" && method !== "DELETE";
}

/** The path by name, its parameter named as the input's own field is. */
function withParameter({ path, words }: NamedRoute, input: JsonSchema | undefined): string {
  const { action, name, thing } = words;
  if (action === "")
    throw new ConfigurationError(`"${name}" has no word that could name a route; say http: { path }`);
  if (!path.includes("{id}")) return path;
  const candidates = thing === "" ? ["id"] : [`${camelCase(thing.split("_"))}Id`, `${thing}_id`, "id"];
  const fields = input && propertiesOf(input);
  const field =
    candidates.find((candidate) => fields?.has(candidate)) ??
    candidates.find((candidate) => mayHave(input, candidate));
  if (field === undefined) {
    throw new ConfigurationError(
      `"${name}" is ${path} by convention, but its input has no field ${candidates.join(", ")}; say http: { path }`,
    );
  }
  return path.replace("{id}", `{${field}}`);
}

/** Whether the input may have the field, as far as its schema is known. */
function mayHave(input: JsonSchema | undefined, field: string): boolean {
  if (input === undefined || propertiesOf(input).has(field)) return true;
  const { additionalProperties = false } = resolve(input, input);
  return additionalProperties !== false;
}

/** @throws {ConfigurationError} naming each field that the input does not have, or that has two places. */
function placesOf(
  name: string,
  method: HttpMethod,
  path: string,
  input: JsonSchema | undefined,
  { headers = {}, query = [] }: HttpOptions,
): ReadonlyMap<string, Place> {
  const named = [
    ...parametersOf(path).map((field) => ({ field, by: `the path ${path}`, place: { in: "path" } as const })),
    ...query.map((field) => ({ field, by: "http.query", place: { in: "query" } as const })),
    ...Object.entries(headers).map(([field, header]) => ({
      field,
      by: "http.headers",
      place: { in: "header", name: header.toLowerCase() } as const,
    })),
  ];
  const problems = named.flatMap(({ field, by }, index) => {
    if (!mayHave(input, field)) return `"${name}" has no input field "${field}", which ${by} names`;
    const rival = named.slice(0, index).find((other) => other.field === field);
    return rival === undefined
      ? []
      : `"${name}" has one place for "${field}", but ${rival.by} and ${by} name it`;
  });
  if (problems.length > 0) throw new ConfigurationError(problems);
  const fields = input === undefined ? [] : [...propertiesOf(input).keys()];
  const rest: Place = { in: hasBody(method) ? "body" : "query" };
  return new Map<string, Place>([
    ...fields.map((field) => [field, rest] as const),
    ...named.map(({ field, place }) => [field, place] as const),
  ]);
}

import type { JsonSchema } from "../../core/json-schema.ts";
import type { MountedEndpoint } from "../endpoints.ts";
import { parametersOf } from "../route-path.ts";
import { Components } from "./components.ts";
import { plainName } from "./names.ts";
import { requestOf } from "./operation.ts";
import { PROBLEM_SCHEMA } from "./problem-schema.ts";
import { responsesOf, standardResponses } from "./responses.ts";
import { type Authentication, securityOf } from "./security.ts";

/** What a document says of the whole. */
export interface DocumentInfo {
  readonly title: string;
  /** Of the API, not of OpenAPI. */
  readonly version: string;
  readonly summary?: string;
  /** May be CommonMark. */
  readonly description?: string;
  /** A URL. */
  readonly termsOfService?: string;
  readonly contact?: { readonly name?: string; readonly url?: string; readonly email?: string };
  /** `identifier` is SPDX's; it or `url`, not both. */
  readonly license?: { readonly name: string; readonly identifier?: string; readonly url?: string };
}

/** Where an API is served. */
export interface DocumentServer {
  /** Absolute, or relative to where the document is. */
  readonly url: string;
  readonly description?: string;
}

/** What makes a document beside the endpoints. */
export interface DocumentOptions {
  readonly info: DocumentInfo;
  readonly servers?: readonly DocumentServer[];
  /** Undefined where the application does not ask who is calling. */
  readonly authentication?: Authentication | undefined;
}

/**
 * Describes endpoints by the schemas of their contracts.
 *
 * @see https://spec.openapis.org/oas/v3.1.1.html
 */
export function openApiDocument(
  endpoints: readonly MountedEndpoint[],
  { authentication, info, servers }: DocumentOptions,
): JsonSchema {
  const components = new Components({ Problem: PROBLEM_SCHEMA });
  // All answers before any input: where the two sides of a schema differ, the plain name goes to what comes back.
  const answered = endpoints.map((endpoint) => ({
    endpoint,
    responses: responsesOf(endpoint, components, authentication),
  }));
  const paths: Record<string, Record<string, unknown>> = {};
  const pathOf = pathsByShape();
  const operationIdOf = uniqueIds();
  for (const { endpoint, responses } of answered) {
    const { contract, deprecated, method, route, summary, tags } = endpoint;
    const path = pathOf(route);
    paths[path] ??= {};
    paths[path][method.toLowerCase()] = {
      operationId: operationIdOf(plainName(contract.name)),
      summary,
      ...(contract.description !== undefined && { description: contract.description }),
      tags,
      ...(deprecated && { deprecated }),
      ...(authentication && { security: securityOf(endpoint, authentication) }),
      ...requestOf(endpoint, renamedParameters(route, path), components),
      responses,
    };
  }
  return {
    openapi: "3.1.1",
    info,
    ...(servers && { servers }),
    security: [], // Of operations that do not say it themselves.
    tags: [...new Set(endpoints.flatMap(({ tags }) => tags))].map((name) => ({ name })),
    paths,
    components: {
      schemas: components.schemas,
      responses: standardResponses(answered.map(({ responses }) => responses)),
      ...(authentication && { securitySchemes: authentication.schemes }),
    },
  };
}

/** Routes that differ in their parameters' names alone are one path, which has the names of the first of them. */
function pathsByShape(): (route: string) => string {
  const paths = new Map<string, string>();
  return (route) => {
    const shape = route.replace(/\{[^}]+\}/g, "{}");
    const path = paths.get(shape) ?? route;
    paths.set(shape, path);
    return path;
  };
}

/** What the parameters of a route are called in its path. */
function renamedParameters(route: string, path: string): ReadonlyMap<string, string> {
  const names = parametersOf(path);
  return new Map(parametersOf(route).map((field, index) => [field, names[index] ?? field]));
}

/** An event may be mounted more than once. */
function uniqueIds(): (id: string) => string {
  const taken = new Set<string>();
  return (id) => {
    let unique = id;
    for (let number = 2; taken.has(unique); number++) unique = `${id}_${number}`;
    taken.add(unique);
    return unique;
  };
}

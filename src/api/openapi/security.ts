import type { JsonSchema } from "../../core/json-schema.ts";
import type { MountedEndpoint } from "../endpoints.ts";

/**
 * How callers say who they are, for the document alone.
 *
 * @see https://spec.openapis.org/oas/v3.1.1.html#security-scheme-object
 */
export type SecurityScheme = { readonly description?: string } & (
  | { readonly type: "http"; readonly scheme: string; readonly bearerFormat?: string }
  | { readonly type: "apiKey"; readonly in: "header" | "query" | "cookie"; readonly name: string }
  | { readonly type: "openIdConnect"; readonly openIdConnectUrl: string }
  | { readonly type: "oauth2"; readonly flows: Readonly<Record<string, unknown>> }
  | { readonly type: "mutualTLS" }
);

/** How an application authenticates; each of the schemes alone is enough. */
export interface Authentication {
  readonly schemes: Readonly<Record<string, SecurityScheme>>;
  /** Whether an endpoint answers callers that do not say who they are. */
  isPublic(endpoint: MountedEndpoint): boolean;
}

/** Schemes of the Authorization header (RFC 9110 §11.1), named `bearerAuth` and the like. */
export function headerSchemes(schemes: readonly string[]): Readonly<Record<string, SecurityScheme>> {
  return Object.fromEntries(
    schemes.map((scheme) => [
      `${scheme.toLowerCase()}Auth`,
      { type: "http", scheme: scheme.toLowerCase() } as const,
    ]),
  );
}

/** What a caller of an endpoint must have, with the permissions as the names of roles. */
export function securityOf(endpoint: MountedEndpoint, { schemes, isPublic }: Authentication): JsonSchema[] {
  if (isPublic(endpoint)) return [];
  return Object.keys(schemes).map((name) => ({ [name]: endpoint.contract.permissions }));
}

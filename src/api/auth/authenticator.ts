import type { FastifyRequest } from "fastify";
import { ConfigurationError, TSModulesError } from "../../core/errors.ts";
import type { AuthProvider, TokenClaims } from "./auth-provider.ts";
import { tokenOfScheme } from "./authorization-header.ts";

/** What was found out about a request's caller. */
interface Finding {
  readonly claims: TokenClaims | undefined;
  /** The scheme of a token that came and was not valid. */
  readonly refused: string | undefined;
}

/** Asks an application's providers, in their order, about the tokens that they find in a request. */
export class Authenticator {
  readonly #providers: readonly AuthProvider[];
  /** Those whose caller sent a token that nobody takes, with its scheme. */
  readonly #refused = new WeakMap<FastifyRequest, string>();
  /** By which callers say who they are, each once. */
  readonly schemes: readonly string[];

  constructor(providers: readonly AuthProvider[]) {
    this.#providers = providers;
    this.schemes = [...new Set(providers.map(schemeOf))];
  }

  /** Whether every token comes in the Authorization header, as far as is known here. */
  get usesHeaderAlone(): boolean {
    return this.#providers.every(({ tokenFrom }) => tokenFrom === undefined);
  }

  /** Sets the request's principal, unless it has one. What a provider throws is thrown on, without the token. */
  async authenticate(request: FastifyRequest): Promise<void> {
    if (request.principal !== undefined || this.hasRefused(request)) return;
    const { claims, refused } = await this.#find(request);
    request.principal = claims;
    if (refused !== undefined) this.#refused.set(request, refused);
  }

  /** Whether the request brought a token, and it was not valid. */
  hasRefused(request: FastifyRequest): boolean {
    return this.#refused.has(request);
  }

  /** What a 401 asks for, by scheme (RFC 9110 §11.6.1, RFC 6750 §3). */
  challenge(request: FastifyRequest): string {
    const refused = this.#refused.get(request);
    return this.schemes
      .map((scheme) => (scheme === refused ? `${scheme} error="invalid_token"` : scheme))
      .join(", ");
  }

  async #find(request: FastifyRequest): Promise<Finding> {
    let refused: string | undefined;
    for (const provider of this.#providers) {
      let token: string | undefined;
      try {
        token = tokenOf(provider, request);
        if (!token) continue;
        const claims = await provider.validateToken(token, request);
        if (claims) return { claims: wellFormed(claims), refused: undefined };
      } catch (error) {
        throw error instanceof TSModulesError ? withCleanCause(error, token) : withoutToken(error, token);
      }
      refused ??= schemeOf(provider);
    }
    return { claims: undefined, refused };
  }
}

function schemeOf({ scheme = "Bearer" }: AuthProvider): string {
  return scheme;
}

function tokenOf(provider: AuthProvider, request: FastifyRequest): string | undefined {
  if (provider.tokenFrom !== undefined) return provider.tokenFrom(request);
  return tokenOfScheme(schemeOf(provider), request.headers.authorization);
}

/**
 * Asked because a provider may give what came from anywhere: a text of permissions would be found to have every
 * permission that it has as a part.
 *
 * @throws {ConfigurationError} if the claims are none.
 */
function wellFormed(claims: TokenClaims): TokenClaims {
  if (typeof claims.sub === "string" && Array.isArray(claims.permissions)) return claims;
  throw new ConfigurationError(
    "validateToken must give claims with sub, a text, and permissions, a list of texts",
  );
}

/** Our own errors say what they are meant to say. What they were caused by may be anything. */
function withCleanCause(error: TSModulesError, token: string | undefined): TSModulesError {
  if (error.cause !== undefined) error.cause = withoutToken(error.cause, token, [error]);
  return error;
}

/**
 * The error as it may be logged: what it says, where it was thrown and its causes, with the token made unreadable. Its
 * other fields may hold a request with all of its headers, and are left behind.
 */
function withoutToken(thrown: unknown, token: string | undefined, seen: readonly unknown[] = []): Error {
  const hidden = (text: string) => (token ? text.replaceAll(token, "[token]") : text);
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const copy = new Error(hidden(error.message));
  copy.name = error.name;
  copy.stack = hidden(error.stack ?? "");
  const before = [...seen, error];
  if (error.cause !== undefined && !before.includes(error.cause)) {
    copy.cause = withoutToken(error.cause, token, before);
  }
  return copy;
}

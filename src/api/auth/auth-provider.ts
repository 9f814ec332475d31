import type { FastifyRequest } from "fastify";

/** What a valid token says: a principal, and for how long. */
export interface TokenClaims {
  /** The subject: a user, a service. */
  readonly sub: string;
  /** When the token ends. */
  readonly exp: Date;
  /** When it was issued. */
  readonly iat: Date;
  readonly permissions: readonly string[];
  /** Whatever else the token says: a name, a tenant. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

/** What a token is to say. Further claims stand beside `sub`, or in `extra` as `TokenClaims` has them. */
export interface NewToken {
  readonly sub: string;
  /** @default none */
  readonly permissions?: readonly string[];
  readonly extra?: Readonly<Record<string, unknown>>;
  /** @default as the provider says */
  readonly expiresInMinutes?: number;
  readonly [claim: string]: unknown;
}

/**
 * Knows who is asking. Extend it, implement it, or give `authPlugin` any object that looks like it.
 *
 * @example
 * class Sessions extends AuthProvider {
 *   override tokenFrom(request: FastifyRequest) {
 *     return request.cookies.session;
 *   }
 *   validateToken(id: string) {
 *     return sessions.find(id);
 *   }
 *   createToken(claims: NewToken) {
 *     return sessions.add(claims);
 *   }
 * }
 */
export abstract class AuthProvider {
  /**
   * The scheme of the Authorization header, in any case: "Bearer", or "Token" and the like. It is also what a 401 asks
   * for.
   *
   * @default "Bearer"
   */
  declare readonly scheme?: string;

  /** Finds the token elsewhere than in the Authorization header: in a header of its own, in a cookie. */
  tokenFrom?(request: FastifyRequest): string | undefined;

  /**
   * What a token says, or nothing if it is not valid. What it throws is a failure, and no answer: the client gets a 500,
   * or what an `APIError` says.
   */
  abstract validateToken(
    token: string,
    request?: FastifyRequest,
  ): TokenClaims | undefined | null | Promise<TokenClaims | undefined | null>;

  /** Makes a token that `validateToken` takes. */
  abstract createToken(claims: NewToken): string | Promise<string>;
}

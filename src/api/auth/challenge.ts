import type { FastifyRequest } from "fastify";
import { authenticationOf } from "./auth-plugin.ts";

/**
 * What the WWW-Authenticate header of a 401 says: the schemes of the application's providers, and of a token that came
 * and was refused `error="invalid_token"`.
 *
 * @see RFC 9110 §11.6.1, RFC 6750 §3.
 */
export function challengeOf(request: FastifyRequest): string {
  return authenticationOf(request.server)?.authenticator.challenge(request) ?? "Bearer";
}

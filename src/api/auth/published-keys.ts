import type { CryptoKey, FlattenedJWSInput, JWSHeaderParameters } from "jose";
import { APIError } from "../../core/api-error.ts";
import type { JWTAuthProviderOptions } from "./jwt-options.ts";

type Jose = typeof import("jose");

/** Finds the key that a token says it was signed with. */
export type FindKey = (header: JWSHeaderParameters, token: FlattenedJWSInput) => Promise<CryptoKey>;

/**
 * The keys of a JSON Web Key Set: fetched for the first token, kept for ten minutes, and fetched anew for a token with
 * an unknown key, which is how keys are exchanged. Concurrent requests share one fetch.
 *
 * The returned function throws an `APIError` 503 (`AUTH_UNAVAILABLE`) where the keys cannot be had: that is no fault of
 * the caller.
 */
export function publishedKeys(
  { createRemoteJWKSet, errors }: Jose,
  url: URL,
  { jwksTimeoutMs = 5_000, jwksCooldownMs = 30_000 }: JWTAuthProviderOptions,
): FindKey {
  const find = createRemoteJWKSet(url, {
    timeoutDuration: jwksTimeoutMs,
    cooldownDuration: jwksCooldownMs,
  });
  return async (header, token) => {
    try {
      return await find(header, token);
    } catch (error) {
      const isOfToken =
        error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys;
      throw isOfToken ? error : unavailable(error);
    }
  };
}

function unavailable(cause: unknown): APIError {
  const error = new APIError(503, "AUTH_UNAVAILABLE", "the keys that tokens are checked with cannot be had");
  error.cause = cause;
  return error;
}

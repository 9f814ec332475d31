import type { webcrypto } from "node:crypto";
import type { FastifyRequest } from "fastify";
import type { JWTPayload, JWTVerifyOptions } from "jose";
import { ConfigurationError } from "../../core/errors.ts";
import { optionalPackage } from "../../core/optional-package.ts";
import { AuthProvider, type NewToken, type TokenClaims } from "./auth-provider.ts";
import type { JWTAlgorithm } from "./jwt-algorithms.ts";
import { keysOf } from "./jwt-keys.ts";
import {
  fromCode,
  type GivenOptions,
  type JWTAuthProviderOptions,
  optionsFromEnv,
  problemsOfJwtOptions,
} from "./jwt-options.ts";
import { type FindKey, publishedKeys } from "./published-keys.ts";

type Jose = typeof import("jose");

/**
 * Signed JSON Web Tokens (RFC 7519). A token needs `sub`, `exp` and `iat`, may have `permissions` (a list of strings),
 * and is checked with the one algorithm of the options. Needs the optional package `jose`.
 *
 * Without options it reads `TSMODULES_JWT_SECRET_KEY`, `_ALGORITHM`, `_ACCESS_TOKEN_EXPIRE_MINUTES`, `_ISSUER`,
 * `_AUDIENCE` and `_JWKS_URL`.
 *
 * @throws {ConfigurationError} naming everything that is wrong, without showing a key.
 * @example
 * const provider = new JWTAuthProvider({ secretKey: await readFile("/run/secrets/jwt") });
 * const token = await provider.createToken({ sub: "ada", permissions: ["users:read"] });
 */
export class JWTAuthProvider extends AuthProvider {
  readonly #jose: Jose;
  readonly #keys: Keys;
  readonly #checks: JWTVerifyOptions;
  readonly #algorithm: JWTAlgorithm;
  readonly #expireMinutes: number;
  readonly #ownClaims: JWTPayload;
  readonly #clock: { now(): number };

  constructor(options?: JWTAuthProviderOptions) {
    super();
    const given = options === undefined ? optionsFromEnv(process.env) : fromCode(options);
    const { jose, keys } = prepare(given);
    const { algorithm = "HS256", issuer, audience, clockToleranceSeconds = 0 } = given.options;
    this.#jose = jose;
    this.#keys = keys;
    this.#algorithm = algorithm;
    this.#checks = {
      algorithms: [algorithm],
      requiredClaims: ["sub", "exp", "iat"],
      clockTolerance: clockToleranceSeconds,
      ...(issuer !== undefined && { issuer }),
      ...(audience !== undefined && { audience }),
    };
    this.#expireMinutes = given.options.accessTokenExpireMinutes ?? 30;
    this.#ownClaims = {
      ...(issuer !== undefined && { iss: issuer }),
      ...(audience !== undefined && { aud: audience }),
    };
    this.#clock = given.options.clock ?? Date;
  }

  /**
   * What the token says, or undefined if it is not valid; why it is not is logged at debug by the request's logger.
   *
   * @throws {APIError} 503 (`AUTH_UNAVAILABLE`) if the keys at `jwksUrl` cannot be had.
   */
  async validateToken(token: string, request?: FastifyRequest): Promise<Required<TokenClaims> | undefined> {
    try {
      const claims = claimsOf(await this.#verify(token));
      if (claims === undefined) request?.log.debug("a token was refused: its claims are malformed");
      return claims;
    } catch (error) {
      if (!(error instanceof this.#jose.errors.JOSEError)) throw error;
      // Never the error itself: it has the token's claims.
      const { code, claim } = error as { code: string; claim?: string };
      request?.log.debug({ code, claim }, "a token was refused");
      return undefined;
    }
  }

  /**
   * A token for `sub` that is valid from now on.
   *
   * @throws {ConfigurationError} if there is no key to sign with, or the claims are not what they have to be.
   */
  async createToken({
    sub,
    permissions = [],
    extra,
    expiresInMinutes,
    ...others
  }: NewToken): Promise<string> {
    if (this.#keys.signsWith === undefined) {
      throw new ConfigurationError(
        "JWTAuthProvider: createToken needs a privateKey; with public keys it can only check",
      );
    }
    const minutes = expiresInMinutes ?? this.#expireMinutes;
    refuseMalformed({ sub, permissions, minutes, others: { ...extra, ...others } });
    const iat = Math.floor(this.#clock.now() / 1_000);
    const payload: JWTPayload = {
      ...extra,
      ...others,
      ...this.#ownClaims,
      sub,
      permissions,
      iat,
      exp: iat + Math.ceil(minutes * 60),
    };
    return new this.#jose.SignJWT(payload)
      .setProtectedHeader({ alg: this.#algorithm, typ: "JWT" })
      .sign(this.#keys.signsWith);
  }

  async #verify(token: string): Promise<JWTPayload> {
    const options = { ...this.#checks, currentDate: new Date(this.#clock.now()) };
    const { findKey, checksWith } = this.#keys;
    if (findKey === undefined) return (await this.#jose.jwtVerify(token, checksWith, options)).payload;
    try {
      return (await this.#jose.jwtVerify(token, findKey, options)).payload;
    } catch (error) {
      if (!(error instanceof this.#jose.errors.JWKSMultipleMatchingKeys)) throw error;
      return this.#verifyByAny(error, token, options);
    }
  }

  /** A token that does not name its key is of any that could be meant. */
  async #verifyByAny(
    keys: AsyncIterable<CryptoKey>,
    token: string,
    options: JWTVerifyOptions,
  ): Promise<JWTPayload> {
    const { JWSSignatureVerificationFailed } = this.#jose.errors;
    for await (const key of keys) {
      try {
        return (await this.#jose.jwtVerify(token, key, options)).payload;
      } catch (error) {
        if (!(error instanceof JWSSignatureVerificationFailed)) throw error;
      }
    }
    throw new JWSSignatureVerificationFailed();
  }
}

type CryptoKey = webcrypto.CryptoKey;

/** What checks a token, a key or a way to find one, and what signs one. */
type Keys = { readonly signsWith: CryptoKey | undefined } & (
  | { readonly findKey: FindKey; readonly checksWith?: undefined }
  | { readonly findKey?: undefined; readonly checksWith: CryptoKey }
);

/** @throws {ConfigurationError} naming everything that is wrong. */
function prepare(given: GivenOptions): { jose: Jose; keys: Keys } {
  const problems = problemsOfJwtOptions(given);
  const jose = optionalPackage<Jose>("jose");
  if (jose === undefined) problems.push("JWTAuthProvider needs the package jose: npm install jose");
  const { checksWith, publishedAt, signsWith } = keysOf(given, problems);
  if (problems.length > 0 || jose === undefined) throw new ConfigurationError(problems);
  return checksWith === undefined
    ? { jose, keys: { signsWith, findKey: publishedKeys(jose, publishedAt as URL, given.options) } }
    : { jose, keys: { signsWith, checksWith } };
}

/** Undefined if a claim is not what it has to be. */
function claimsOf({
  sub,
  exp,
  iat,
  permissions = [],
  ...extra
}: JWTPayload): Required<TokenClaims> | undefined {
  const [end, start] = [dateOf(exp), dateOf(iat)];
  if (!isText(sub) || !end || !start || !isListOfTexts(permissions)) return undefined;
  return { sub, exp: end, iat: start, permissions, extra };
}

function dateOf(seconds: number | undefined): Date | undefined {
  const date = new Date((seconds ?? Number.NaN) * 1_000);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function isListOfTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

interface Claims {
  readonly sub: unknown;
  readonly permissions: unknown;
  readonly minutes: number;
  readonly others: Readonly<Record<string, unknown>>;
}

function refuseMalformed({ sub, permissions, minutes, others }: Claims): void {
  const problems: string[] = [];
  if (!isText(sub)) problems.push("createToken: sub must be a text that is not empty");
  if (!isListOfTexts(permissions)) problems.push("createToken: permissions must be a list of strings");
  if (!(Number.isFinite(minutes) && minutes > 0))
    problems.push(`createToken: expiresInMinutes must be a number above 0, not ${minutes}`);
  for (const claim of ["exp", "iat"]) {
    if (Object.hasOwn(others, claim))
      problems.push(`createToken: ${claim} is set here; say expiresInMinutes instead`);
  }
  if (problems.length > 0) throw new ConfigurationError(problems);
}

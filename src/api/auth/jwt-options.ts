import type { KeyObject } from "node:crypto";
import {
  anything,
  type Check,
  type Checks,
  number,
  oneOf,
  positiveInteger,
  positiveNumber,
  problemsOf,
  text,
} from "../../core/check-options.ts";
import { JWT_ALGORITHMS, type JWTAlgorithm } from "./jwt-algorithms.ts";

/** How tokens are made and checked: by a secret (HS*), or by a pair of keys of which at least the public one is known. */
export interface JWTAuthProviderOptions {
  /** What HS* signs and checks with; at least 32 bytes, of which a string is UTF-8. */
  readonly secretKey?: string | Uint8Array;
  /** The one algorithm that tokens may have, whatever they say themselves. @default "HS256" */
  readonly algorithm?: JWTAlgorithm;
  /** How long the tokens of `createToken` are valid. @default 30 */
  readonly accessTokenExpireMinutes?: number;
  /** What `iss` has to be, and is in new tokens. @default not checked */
  readonly issuer?: string;
  /** What `aud` has to be or have, and is in new tokens. @default not checked */
  readonly audience?: string;
  /** Where the public keys are published as a JSON Web Key Set (RFC 7517). */
  readonly jwksUrl?: string;
  /** How long an answer of `jwksUrl` is waited for, in ms. @default 5_000 */
  readonly jwksTimeoutMs?: number;
  /** How soon after an answer a token with an unknown key asks `jwksUrl` again, in ms. @default 30_000 */
  readonly jwksCooldownMs?: number;
  /** What tokens are checked with, in PEM. @default the one of `privateKey` */
  readonly publicKey?: string | KeyObject;
  /** What `createToken` signs with, in PEM (PKCS #8). */
  readonly privateKey?: string | KeyObject;
  /** How far other clocks may be off. @default 0 */
  readonly clockToleranceSeconds?: number;
  /** Tells the time in ms since 1970. @default Date */
  readonly clock?: { now(): number };
}

/** Options, and what each is called where it came from. */
export interface GivenOptions {
  readonly options: JWTAuthProviderOptions;
  nameOf(option: string): string;
}

export function fromCode(options: JWTAuthProviderOptions): GivenOptions {
  return { options, nameOf: (option) => option };
}

const VARIABLES = {
  secretKey: "TSMODULES_JWT_SECRET_KEY",
  algorithm: "TSMODULES_JWT_ALGORITHM",
  accessTokenExpireMinutes: "TSMODULES_JWT_ACCESS_TOKEN_EXPIRE_MINUTES",
  issuer: "TSMODULES_JWT_ISSUER",
  audience: "TSMODULES_JWT_AUDIENCE",
  jwksUrl: "TSMODULES_JWT_JWKS_URL",
} as const;

type Environment = Readonly<Record<string, string | undefined>>;

/** An unset or empty variable leaves its option out. */
export function optionsFromEnv(env: Environment): GivenOptions {
  const given = Object.entries(VARIABLES).flatMap(([option, variable]) => {
    const text = env[variable];
    if (text === undefined || text.trim() === "") return [];
    if (option === "secretKey") return [[option, text]];
    return [[option, option === "accessTokenExpireMinutes" ? numberOr(text) : text.trim()]];
  });
  return {
    options: Object.fromEntries(given),
    nameOf: (option) =>
      Object.hasOwn(VARIABLES, option) ? VARIABLES[option as keyof typeof VARIABLES] : option,
  };
}

/** Text that is no number stays as it is, so that it can be shown. */
function numberOr(text: string): number | string {
  return Number.isNaN(Number(text)) ? text : Number(text);
}

const aTime: Check = (value) =>
  typeof (value as { now?: unknown } | null)?.now === "function" ? undefined : "an object with now";

/** What may not be shown is checked where the keys are made. */
const secret = anything;

const CHECKS: Checks<JWTAuthProviderOptions> = {
  secretKey: secret,
  algorithm: oneOf(JWT_ALGORITHMS),
  accessTokenExpireMinutes: positiveNumber,
  issuer: text,
  audience: text,
  jwksUrl: secret,
  jwksTimeoutMs: positiveInteger,
  jwksCooldownMs: number,
  publicKey: secret,
  privateKey: secret,
  clockToleranceSeconds: number,
  clock: aTime,
};

/** What is wrong with the options that may be shown, each by the name that it was given by. */
export function problemsOfJwtOptions({ options, nameOf }: GivenOptions): string[] {
  const renamed = <T>(values: Record<string, T>) =>
    Object.fromEntries(Object.entries(values).map(([option, value]) => [nameOf(option), value]));
  return problemsOf(renamed({ ...options }), renamed(CHECKS), "JWTAuthProvider");
}

import { createPrivateKey, createPublicKey, createSecretKey, KeyObject, type webcrypto } from "node:crypto";
import { isSymmetric, JWT_ALGORITHMS, type JWTAlgorithm, webCryptoOf } from "./jwt-algorithms.ts";
import type { GivenOptions, JWTAuthProviderOptions } from "./jwt-options.ts";

type Key = webcrypto.CryptoKey;

/** The keys of a provider, imported once. */
export interface JWTKeys {
  /** Undefined where the keys that check come from a URL. */
  readonly checksWith: Key | undefined;
  readonly publishedAt: URL | undefined;
  /** Undefined where tokens can only be checked. */
  readonly signsWith: Key | undefined;
}

type Named = (option: keyof JWTAuthProviderOptions) => string;

const MIN_SECRET_BYTES = 32;
const MIN_RSA_BITS = 2048;

/**
 * Imports the keys that the algorithm needs. What is wrong is added to `problems`, by the option's name alone: no part
 * of a key or a URL is ever shown.
 */
export function keysOf({ options, nameOf }: GivenOptions, problems: string[]): JWTKeys {
  const named: Named = (option) => `JWTAuthProvider: ${nameOf(option)}`;
  const { algorithm = "HS256" } = options;
  // Which keys are needed, nobody knows without an algorithm.
  if (!JWT_ALGORITHMS.includes(algorithm))
    return { checksWith: undefined, signsWith: undefined, publishedAt: undefined };
  return isSymmetric(algorithm)
    ? sharedKey(options, algorithm, named, problems)
    : keyPair(options, algorithm, named, problems);
}

function sharedKey(
  { secretKey, publicKey, privateKey, jwksUrl }: JWTAuthProviderOptions,
  algorithm: JWTAlgorithm,
  named: Named,
  problems: string[],
): JWTKeys {
  for (const [option, value] of Object.entries({ publicKey, privateKey, jwksUrl })) {
    if (value === undefined) continue;
    problems.push(
      `${named(option as keyof JWTAuthProviderOptions)} is for algorithms with two keys, such as RS256, and not for ${algorithm}`,
    );
  }
  const key = secretOf(secretKey, algorithm, named, problems);
  return { checksWith: key, signsWith: key, publishedAt: undefined };
}

function secretOf(
  secretKey: unknown,
  algorithm: JWTAlgorithm,
  named: Named,
  problems: string[],
): Key | undefined {
  const secret = named("secretKey");
  if (secretKey === undefined) {
    problems.push(`${secret} is missing; ${algorithm} needs at least ${MIN_SECRET_BYTES} bytes`);
    return undefined;
  }
  if (typeof secretKey !== "string" && !(secretKey instanceof Uint8Array)) {
    problems.push(`${secret} must be a string or bytes, not of type ${typeof secretKey}`);
    return undefined;
  }
  const bytes = Buffer.from(secretKey);
  if (bytes.length < MIN_SECRET_BYTES) {
    problems.push(`${secret} must have at least ${MIN_SECRET_BYTES} bytes, not ${bytes.length}`);
  }
  // Whoever has a public key could sign with it.
  if (bytes.toString("latin1").trimStart().startsWith("-----BEGIN")) {
    problems.push(
      `${secret} is a key in PEM, which is no secret for ${algorithm}; use publicKey or privateKey`,
    );
  }
  return bytes.length === 0
    ? undefined
    : createSecretKey(bytes).toCryptoKey(webCryptoOf(algorithm), false, ["sign", "verify"]);
}

function keyPair(
  { secretKey, publicKey, privateKey, jwksUrl }: JWTAuthProviderOptions,
  algorithm: JWTAlgorithm,
  named: Named,
  problems: string[],
): JWTKeys {
  if (secretKey !== undefined)
    problems.push(`${named("secretKey")} is for HS256, HS384 and HS512, not for ${algorithm}`);
  if (publicKey === undefined && privateKey === undefined && jwksUrl === undefined) {
    problems.push(`${named("jwksUrl")} is missing; ${algorithm} needs it, or publicKey or privateKey`);
  }
  if (publicKey !== undefined && jwksUrl !== undefined) {
    problems.push(`${named("jwksUrl")} and publicKey both say what to check tokens with; give one of them`);
  }
  const readKey = (option: "publicKey" | "privateKey", make: () => KeyObject, usage: "sign" | "verify") => {
    const key = importedKey(make, algorithm, usage);
    if (key === undefined) {
      const kind = option === "publicKey" ? "public" : "private";
      problems.push(
        `${named(option)} must be a ${kind} key in PEM that fits ${algorithm}${rsaSize(algorithm)}`,
      );
    }
    return key;
  };
  const signsWith =
    privateKey === undefined ? undefined : readKey("privateKey", () => privateKeyOf(privateKey), "sign");
  const toCheckWith = publicKey ?? (jwksUrl === undefined && signsWith ? privateKey : undefined);
  const checksWith =
    toCheckWith === undefined ? undefined : readKey("publicKey", () => publicKeyOf(toCheckWith), "verify");
  if (publicKey !== undefined && privateKey !== undefined && checksWith && signsWith) {
    if (!publicKeyOf(publicKey).equals(publicKeyOf(privateKey))) {
      problems.push(`${named("publicKey")} is not the one of privateKey`);
    }
  }
  return {
    checksWith,
    signsWith,
    publishedAt: jwksUrl === undefined ? undefined : urlOf(jwksUrl, named, problems),
  };
}

/** Undefined if it is no key, or one of another algorithm, or too weak. */
function importedKey(
  make: () => KeyObject,
  algorithm: JWTAlgorithm,
  usage: "sign" | "verify",
): Key | undefined {
  try {
    const key = make();
    const { modulusLength = MIN_RSA_BITS } = key.asymmetricKeyDetails ?? {};
    return modulusLength < MIN_RSA_BITS ? undefined : key.toCryptoKey(webCryptoOf(algorithm), false, [usage]);
  } catch {
    return undefined;
  }
}

function rsaSize(algorithm: JWTAlgorithm): string {
  return /^[RP]S/.test(algorithm) ? `, of ${MIN_RSA_BITS} bits or more` : "";
}

function privateKeyOf(key: string | KeyObject): KeyObject {
  return key instanceof KeyObject ? key : createPrivateKey(key);
}

/** Of a private key, the public one that belongs to it. */
function publicKeyOf(key: string | KeyObject): KeyObject {
  return key instanceof KeyObject && key.type === "public" ? key : createPublicKey(key as string);
}

function urlOf(url: string, named: Named, problems: string[]): URL | undefined {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed !== undefined && /^https?:$/.test(parsed.protocol)) return parsed;
  problems.push(`${named("jwksUrl")} must be an http or https URL`);
  return undefined;
}

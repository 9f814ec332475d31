/** How Web Crypto names the algorithms of JSON Web Signatures that we take (RFC 7518 §3.1, RFC 8037). `none` is no option. */
const ALGORITHMS = {
  HS256: { name: "HMAC", hash: "SHA-256" },
  HS384: { name: "HMAC", hash: "SHA-384" },
  HS512: { name: "HMAC", hash: "SHA-512" },
  RS256: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
  RS384: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-384" },
  RS512: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-512" },
  PS256: { name: "RSA-PSS", hash: "SHA-256" },
  PS384: { name: "RSA-PSS", hash: "SHA-384" },
  PS512: { name: "RSA-PSS", hash: "SHA-512" },
  ES256: { name: "ECDSA", namedCurve: "P-256" },
  ES384: { name: "ECDSA", namedCurve: "P-384" },
  ES512: { name: "ECDSA", namedCurve: "P-521" },
  EdDSA: { name: "Ed25519" },
} as const;

/** An algorithm that signs tokens: HS* with a secret, the others with a pair of keys. */
export type JWTAlgorithm = keyof typeof ALGORITHMS;

export const JWT_ALGORITHMS = Object.keys(ALGORITHMS) as readonly JWTAlgorithm[];

/** What `KeyObject.toCryptoKey` and `crypto.subtle` take. */
export function webCryptoOf(algorithm: JWTAlgorithm): { name: string; hash?: string; namedCurve?: string } {
  return ALGORITHMS[algorithm];
}

/** Whether who can check a token can also make one. */
export function isSymmetric(algorithm: JWTAlgorithm): boolean {
  return algorithm.startsWith("HS");
}

import { execFileSync } from "node:child_process";
import { createHmac, generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { type JWTPayload, SignJWT, UnsecuredJWT } from "jose";
import { ConfigurationError } from "tsmodules";
import { type JWTAlgorithm, JWTAuthProvider, type JWTAuthProviderOptions } from "tsmodules/api";
import { afterEach, describe, expect, it, vi } from "vitest";

const secretKey = "a secret of thirty-two bytes or more";
const now = Date.UTC(2030, 0, 1);

/** Stands still, until somebody sets it. */
const clock = { time: now, now: () => clock.time };
afterEach(() => {
  clock.time = now;
  vi.unstubAllEnvs();
});

const provider = (options: JWTAuthProviderOptions = {}) =>
  new JWTAuthProvider({ secretKey, clock, ...options });

const inSeconds = now / 1_000;
const claims = { sub: "ada", iat: inSeconds, exp: inSeconds + 60, permissions: ["read"] };

/** A token as somebody else makes it. */
function signed(payload: object, { alg = "HS256", secret = secretKey } = {}) {
  return new SignJWT(payload as JWTPayload).setProtectedHeader({ alg }).sign(Buffer.from(secret));
}

const pem = (keys: ReturnType<typeof rsaKeys>) => ({
  publicKey: keys.publicKey.export({ type: "spki", format: "pem" }).toString(),
  privateKey: keys.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
});
const rsaKeys = (modulusLength = 2048) => generateKeyPairSync("rsa", { modulusLength });
const ecKeys = (namedCurve: string) => generateKeyPairSync("ec", { namedCurve });
const rsa = pem(rsaKeys());

describe("a token", () => {
  it("says again what it was made to say", async () => {
    const token = await provider().createToken({
      sub: "ada",
      permissions: ["read", "write"],
      tenant: "acme",
    });

    expect(await provider().validateToken(token)).toEqual({
      sub: "ada",
      permissions: ["read", "write"],
      iat: new Date(now),
      exp: new Date(now + 30 * 60_000),
      extra: { tenant: "acme" },
    });
  });

  it("can be made anew from what it said", async () => {
    const first = await provider().validateToken(
      await provider().createToken({ sub: "ada", tenant: "acme" }),
    );
    const { sub = "", permissions = [], extra = {} } = first ?? {};
    const second = await provider().validateToken(
      await provider().createToken({ sub, permissions, extra, expiresInMinutes: 5 }),
    );

    expect(second).toEqual({ ...first, exp: new Date(now + 5 * 60_000) });
  });

  it("ends on the second", async () => {
    const token = await provider({ accessTokenExpireMinutes: 1 }).createToken({ sub: "ada" });

    clock.time = now + 59_000;
    expect(await provider().validateToken(token)).toBeDefined();
    clock.time = now + 60_000;
    expect(await provider().validateToken(token)).toBeUndefined();
  });

  it("ends later where clocks may be off", async () => {
    const token = await provider({ accessTokenExpireMinutes: 1 }).createToken({ sub: "ada" });
    const tolerant = provider({ clockToleranceSeconds: 10 });

    clock.time = now + 69_000;
    expect(await tolerant.validateToken(token)).toBeDefined();
    clock.time = now + 70_000;
    expect(await tolerant.validateToken(token)).toBeUndefined();
  });

  it("has the issuer and the audience of its provider", async () => {
    const ours = provider({ issuer: "us", audience: "api" });

    expect(await ours.validateToken(await ours.createToken({ sub: "ada" }))).toMatchObject({
      extra: { iss: "us", aud: "api" },
    });
    expect(await ours.validateToken(await provider().createToken({ sub: "ada" }))).toBeUndefined();
    expect(
      await ours.validateToken(
        await provider({ issuer: "them", audience: "api" }).createToken({ sub: "ada" }),
      ),
    ).toBeUndefined();
    expect(
      await ours.validateToken(
        await provider({ issuer: "us", audience: "shop" }).createToken({ sub: "ada" }),
      ),
    ).toBeUndefined();
    expect(
      await ours.validateToken(await signed({ ...claims, iss: "us", aud: ["shop", "api"] })),
    ).toBeDefined();
  });

  it("needs no permissions", async () => {
    const { permissions: _, ...rest } = claims;

    expect(await provider().validateToken(await signed(rest))).toMatchObject({ permissions: [] });
  });

  it.each<[string, object]>([
    ["has no sub", { ...claims, sub: undefined }],
    ["has an empty sub", { ...claims, sub: "" }],
    ["has a sub that is no text", { ...claims, sub: 42 }],
    ["has no exp", { ...claims, exp: undefined }],
    ["has an exp that is no number", { ...claims, exp: "2031" }],
    ["has an exp that is no date", { ...claims, exp: 1e300 }],
    ["has ended", { ...claims, exp: inSeconds - 1 }],
    ["has no iat", { ...claims, iat: undefined }],
    ["has an iat that is no number", { ...claims, iat: null }],
    ["is not valid yet", { ...claims, nbf: inSeconds + 10 }],
    ["has permissions that are a text", { ...claims, permissions: "read write" }],
    ["has permissions that are null", { ...claims, permissions: null }],
    ["has permissions that are an object", { ...claims, permissions: { read: true } }],
    ["has a permission that is no text", { ...claims, permissions: ["read", 1] }],
  ])("is refused if it %s", async (_why, payload) => {
    expect(await provider().validateToken(await signed(payload))).toBeUndefined();
  });

  it("is refused if any letter of it was changed", async () => {
    const token = await provider().createToken({ sub: "ada" });
    // The last letter's lowest bits are no part of the signature.
    for (let at = 0; at < token.length - 1; at++) {
      const changed = token.slice(0, at) + (token[at] === "A" ? "B" : "A") + token.slice(at + 1);
      expect(await provider().validateToken(changed)).toBeUndefined();
    }
  });

  it("is refused, and nothing thrown, whatever it is", async () => {
    const part = fc.oneof(
      fc.string(),
      fc.base64String(),
      fc.json().map((json) => Buffer.from(json).toString("base64url")),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string(),
          fc.array(part, { maxLength: 5 }).map((parts) => parts.join(".")),
        ),
        async (token) => {
          expect(await provider().validateToken(token)).toBeUndefined();
        },
      ),
    );
  });
});

describe("the algorithm", () => {
  it.each<[JWTAlgorithm, JWTAuthProviderOptions]>([
    ["HS256", { secretKey }],
    ["HS384", { secretKey }],
    ["HS512", { secretKey: Buffer.alloc(64, 7) }],
    ["RS256", rsa],
    ["RS384", rsa],
    ["RS512", rsa],
    ["PS256", rsa],
    ["PS384", rsa],
    ["PS512", rsa],
    ["ES256", pem(ecKeys("P-256"))],
    ["ES384", pem(ecKeys("P-384"))],
    ["ES512", pem(ecKeys("P-521"))],
    ["EdDSA", pem(generateKeyPairSync("ed25519"))],
  ])("may be %s", async (algorithm, keys) => {
    const signer = new JWTAuthProvider({ ...keys, algorithm, clock });

    expect(await signer.validateToken(await signer.createToken({ sub: "ada" }))).toMatchObject({
      sub: "ada",
    });
  });

  it("is not the one that the token chooses", async () => {
    const unsigned = new UnsecuredJWT(claims).encode();
    const header = (alg: string) => Buffer.from(JSON.stringify({ alg })).toString("base64url");
    const [, payload] = unsigned.split(".");

    expect(await provider().validateToken(await signed(claims))).toBeDefined();
    expect(await provider().validateToken(await signed(claims, { alg: "HS384" }))).toBeUndefined();
    expect(await provider().validateToken(unsigned)).toBeUndefined();
    for (const alg of ["none", "None", "NONE", "nOnE", ""]) {
      expect(await provider().validateToken(`${header(alg)}.${payload}.`)).toBeUndefined();
    }
  });

  it("is not HMAC with the public key as the secret", async () => {
    const checker = new JWTAuthProvider({ publicKey: rsa.publicKey, algorithm: "RS256", clock });
    const body = `${Buffer.from('{"alg":"HS256"}').toString("base64url")}.${Buffer.from(JSON.stringify(claims)).toString("base64url")}`;
    const forged = `${body}.${createHmac("sha256", rsa.publicKey).update(body).digest("base64url")}`;

    expect(await checker.validateToken(forged)).toBeUndefined();
  });

  it("is not that of another secret or another pair of keys", async () => {
    const other = new JWTAuthProvider({ ...pem(rsaKeys()), algorithm: "RS256", clock });
    const checker = new JWTAuthProvider({ publicKey: rsa.publicKey, algorithm: "RS256", clock });

    expect(await checker.validateToken(await other.createToken({ sub: "ada" }))).toBeUndefined();
    expect(
      await provider().validateToken(await signed(claims, { secret: secretKey.toUpperCase() })),
    ).toBeUndefined();
  });

  it("needs no public key where there is the private one", async () => {
    const signer = new JWTAuthProvider({ privateKey: rsa.privateKey, algorithm: "RS256", clock });

    expect(await signer.validateToken(await signer.createToken({ sub: "ada" }))).toBeDefined();
  });
});

describe("createToken", () => {
  it("needs a key that signs", async () => {
    const checker = new JWTAuthProvider({ publicKey: rsa.publicKey, algorithm: "RS256" });

    await expect(checker.createToken({ sub: "ada" })).rejects.toThrow("createToken needs a privateKey");
  });

  it("says everything that is wrong", async () => {
    const wrong = { sub: "", permissions: "read", exp: 1, iat: 1, expiresInMinutes: -1 };

    await expect(provider().createToken(wrong as never)).rejects.toMatchObject({
      problems: [
        "createToken: sub must be a text that is not empty",
        "createToken: permissions must be a list of strings",
        "createToken: expiresInMinutes must be a number above 0, not -1",
        "createToken: exp is set here; say expiresInMinutes instead",
        "createToken: iat is set here; say expiresInMinutes instead",
      ],
    });
  });
});

describe("the environment", () => {
  it("is read where there are no options", async () => {
    vi.stubEnv("TSMODULES_JWT_SECRET_KEY", secretKey);
    vi.stubEnv("TSMODULES_JWT_ALGORITHM", "HS512");
    vi.stubEnv("TSMODULES_JWT_ACCESS_TOKEN_EXPIRE_MINUTES", "1.5");
    vi.stubEnv("TSMODULES_JWT_ISSUER", "us");
    vi.stubEnv("TSMODULES_JWT_AUDIENCE", "api");
    vi.stubEnv("TSMODULES_JWT_JWKS_URL", " ");
    const fromEnv = new JWTAuthProvider();
    const { exp, iat, extra } =
      (await fromEnv.validateToken(await fromEnv.createToken({ sub: "ada" }))) ?? {};

    expect(Number(exp) - Number(iat)).toBe(90_000);
    expect(extra).toEqual({ iss: "us", aud: "api" });
  });

  it("is named in what is wrong with it", () => {
    vi.stubEnv("TSMODULES_JWT_SECRET_KEY", "too short");
    vi.stubEnv("TSMODULES_JWT_ACCESS_TOKEN_EXPIRE_MINUTES", "soon");

    expect(problemsOf(() => new JWTAuthProvider())).toEqual([
      'JWTAuthProvider: TSMODULES_JWT_ACCESS_TOKEN_EXPIRE_MINUTES must be a number above 0, not "soon"',
      "JWTAuthProvider: TSMODULES_JWT_SECRET_KEY must have at least 32 bytes, not 9",
    ]);
  });

  it("is of no concern where there are options", () => {
    vi.stubEnv("TSMODULES_JWT_SECRET_KEY", secretKey);

    expect(problemsOf(() => new JWTAuthProvider({}))).toEqual([
      "JWTAuthProvider: secretKey is missing; HS256 needs at least 32 bytes",
    ]);
  });
});

describe("options", () => {
  const weak = pem(rsaKeys(1024));

  it.each<[JWTAuthProviderOptions, string[]]>([
    [{ secretKey: "" }, ["secretKey must have at least 32 bytes, not 0"]],
    [{ secretKey: "ü".repeat(15) }, ["secretKey must have at least 32 bytes, not 30"]],
    [{ secretKey: 42 as never }, ["secretKey must be a string or bytes, not of type number"]],
    [
      { secretKey: rsa.publicKey },
      ["secretKey is a key in PEM, which is no secret for HS256; use publicKey or privateKey"],
    ],
    [
      { secretKey, jwksUrl: "https://example.com/keys" },
      ["jwksUrl is for algorithms with two keys, such as RS256, and not for HS256"],
    ],
    [
      { secretKey, algorithm: "none" as never },
      [
        'algorithm must be one of HS256, HS384, HS512, RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, not "none"',
      ],
    ],
    [{ algorithm: "RS256" }, ["jwksUrl is missing; RS256 needs it, or publicKey or privateKey"]],
    [
      { algorithm: "RS256", secretKey, publicKey: "no key" },
      [
        "secretKey is for HS256, HS384 and HS512, not for RS256",
        "publicKey must be a public key in PEM that fits RS256, of 2048 bits or more",
      ],
    ],
    [
      { algorithm: "RS256", ...weak },
      [
        "privateKey must be a private key in PEM that fits RS256, of 2048 bits or more",
        "publicKey must be a public key in PEM that fits RS256, of 2048 bits or more",
      ],
    ],
    [
      { algorithm: "ES256", publicKey: rsa.publicKey },
      ["publicKey must be a public key in PEM that fits ES256"],
    ],
    [
      { algorithm: "ES256", publicKey: pem(ecKeys("P-384")).publicKey },
      ["publicKey must be a public key in PEM that fits ES256"],
    ],
    [
      { algorithm: "RS256", publicKey: rsa.publicKey, privateKey: pem(rsaKeys()).privateKey },
      ["publicKey is not the one of privateKey"],
    ],
    [
      { algorithm: "RS256", publicKey: rsa.publicKey, jwksUrl: "https://example.com/keys" },
      ["jwksUrl and publicKey both say what to check tokens with; give one of them"],
    ],
    [{ algorithm: "RS256", jwksUrl: "file:///keys" }, ["jwksUrl must be an http or https URL"]],
    [
      { algorithm: "RS256", jwksUrl: "https://example.com/keys", jwksTimeoutMs: 0.5 },
      ["jwksTimeoutMs must be a positive integer, not 0.5"],
    ],
    [
      {
        secretKey: "short",
        issuer: "",
        accessTokenExpireMinutes: 0,
        clockToleranceSeconds: -1,
        clock: {} as never,
      },
      [
        'issuer must be a non-empty string, not ""',
        "accessTokenExpireMinutes must be a number above 0, not 0",
        "clockToleranceSeconds must be a number of 0 or more, not -1",
        "clock must be an object with now, not an object",
        "secretKey must have at least 32 bytes, not 5",
      ],
    ],
  ])("%# are refused with everything that is wrong", (options, problems) => {
    expect(problemsOf(() => new JWTAuthProvider(options))).toEqual(
      problems.map((problem) => `JWTAuthProvider: ${problem}`),
    );
  });

  it("which nobody knows are named", () => {
    expect(problemsOf(() => provider({ secret: "s" } as never))[0]).toContain(
      "unknown option secret; there are",
    );
  });
});

it("a missing jose is said, with what to do", () => {
  const { message } = runWithoutJose(`new JWTAuthProvider({ secretKey: "${secretKey}" })`);

  expect(message).toBe("JWTAuthProvider needs the package jose: npm install jose");
});

it("who has a provider of their own needs no jose", () => {
  expect(runWithoutJose("class Own extends AuthProvider {}; new Own()")).toEqual({ message: "it works" });
});

/** What `code` throws in a process that has no jose. */
function runWithoutJose(code: string): { message: string } {
  const script = `
    import { registerHooks } from "node:module";
    registerHooks({
      resolve(specifier, context, next) {
        if (specifier === "jose") throw Object.assign(new Error("no jose"), { code: "ERR_MODULE_NOT_FOUND" });
        return next(specifier, context);
      },
    });
    const { AuthProvider, JWTAuthProvider } = await import("tsmodules/api");
    let message = "it works";
    try { ${code} } catch (error) { message = error.message; }
    console.log(JSON.stringify({ message }));
  `;
  const args = ["--conditions=@tsmodules/source", "--input-type=module", "--eval", script];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" }));
}

function problemsOf(make: () => unknown): readonly string[] {
  try {
    make();
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
}

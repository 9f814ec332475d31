import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import cookie from "@fastify/cookie";
import Fastify, { type FastifyRequest } from "fastify";
import {
  type AuthPluginOptions,
  AuthProvider,
  authPlugin,
  JWTAuthProvider,
  type NewToken,
} from "tsmodules/api";
import { describe, expect, it } from "vitest";

const endless = { iat: new Date(0), exp: new Date(8.64e15) };

/** Sessions in a store, whose ids are in a cookie. */
class Sessions extends AuthProvider {
  readonly #sessions = new Map<
    string,
    { sub: string; permissions: readonly string[]; exp: Date; iat: Date }
  >();

  override tokenFrom(request: FastifyRequest) {
    return request.cookies.session;
  }
  async validateToken(id: string) {
    const session = this.#sessions.get(id);
    return session && session.exp > new Date() ? session : null;
  }
  async createToken({ sub, permissions = [], expiresInMinutes = 30 }: NewToken) {
    const id = randomBytes(16).toString("hex");
    const iat = new Date();
    const exp = new Date(iat.getTime() + expiresInMinutes * 60_000);
    this.#sessions.set(id, { sub, permissions, exp, iat });
    return id;
  }
  end(id: string) {
    this.#sessions.delete(id);
  }
}

/** Keys of machines, of which only hashes are kept. */
class ApiKeys extends AuthProvider {
  override readonly scheme = "ApiKey";
  readonly #keys: { hash: Buffer; sub: string; permissions: readonly string[] }[] = [];

  override tokenFrom(request: FastifyRequest) {
    return request.headers["x-api-key"]?.toString();
  }
  validateToken(key: string) {
    const found = this.#keys.find(({ hash }) => timingSafeEqual(hash, hashOf(key)));
    return found && { sub: found.sub, permissions: found.permissions, ...endless };
  }
  createToken({ sub, permissions = [] }: NewToken) {
    const key = randomBytes(32).toString("base64url");
    this.#keys.push({ hash: hashOf(key), sub, permissions });
    return key;
  }
}

const hashOf = (key: string) => createHash("sha256").update(key).digest();

/** Signed tokens in a header that says Token. */
class Tokens extends AuthProvider {
  override readonly scheme = "Token";
  readonly #jwt = new JWTAuthProvider({ secretKey: "a secret of thirty-two bytes or more" });

  validateToken(token: string, request?: FastifyRequest) {
    return this.#jwt.validateToken(token, request);
  }
  createToken(claims: NewToken) {
    return this.#jwt.createToken(claims);
  }
}

/** Who the application takes the sender of these headers for. */
async function subOf(provider: AuthPluginOptions["provider"], headers: Record<string, string>) {
  const app = Fastify();
  app.register(authPlugin, { provider });
  // After it: cookies are there all the same.
  app.register(cookie);
  app.get("/", ({ principal }) => principal?.sub);
  const { statusCode, body } = await app.inject({ url: "/", headers });
  return statusCode === 200 ? body : statusCode;
}

describe("a session in a cookie", () => {
  const sessions = new Sessions();
  const withCookie = (id: string) => subOf(sessions, { cookie: `theme=dark; session=${id}` });

  it("says who asks", async () => {
    expect(await withCookie(await sessions.createToken({ sub: "ada" }))).toBe("ada");
  });

  it.each(["", "unknown", "%00", "__proto__"])("is none if the cookie is %j", async (id) => {
    expect(await withCookie(id)).toBe(401);
  });

  it("is none if it has ended, by time or by hand", async () => {
    const over = await sessions.createToken({ sub: "ada", expiresInMinutes: -1 });
    const ended = await sessions.createToken({ sub: "ada" });
    sessions.end(ended);

    expect(await withCookie(over)).toBe(401);
    expect(await withCookie(ended)).toBe(401);
  });

  it("is no token of a header", async () => {
    const id = await sessions.createToken({ sub: "ada" });

    expect(await subOf(sessions, { authorization: `Bearer ${id}` })).toBe(401);
  });
});

describe("an API key", () => {
  const keys = new ApiKeys();

  it("says who asks", async () => {
    expect(await subOf(keys, { "x-api-key": keys.createToken({ sub: "robot" }) })).toBe("robot");
  });

  it("is refused if it is another one", async () => {
    const key = keys.createToken({ sub: "robot" });

    for (const wrong of ["", "x", key.slice(1), `${key}x`, key.toLowerCase()])
      expect(await subOf(keys, { "x-api-key": wrong })).toBe(401);
    expect(await subOf(keys, { authorization: `ApiKey ${key}` })).toBe(401);
  });
});

describe("the scheme Token", () => {
  const tokens = new Tokens();

  it("says who asks, in any case", async () => {
    const token = await tokens.createToken({ sub: "ada" });

    expect(await subOf(tokens, { authorization: `Token ${token}` })).toBe("ada");
    expect(await subOf(tokens, { authorization: `token ${token}` })).toBe("ada");
  });

  it("is not Bearer", async () => {
    const token = await tokens.createToken({ sub: "ada" });

    for (const authorization of [`Bearer ${token}`, token, `Token: ${token}`, `Token ${token.slice(0, -4)}`])
      expect(await subOf(tokens, { authorization })).toBe(401);
  });
});

it("people and machines come to one application", async () => {
  const keys = new ApiKeys();
  const jwt = new JWTAuthProvider({ secretKey: "a secret of thirty-two bytes or more" });
  const authorization = `Bearer ${await jwt.createToken({ sub: "ada" })}`;
  const key = keys.createToken({ sub: "robot" });

  expect(await subOf([jwt, keys], { authorization })).toBe("ada");
  expect(await subOf([jwt, keys], { "x-api-key": key })).toBe("robot");
  expect(await subOf([jwt, keys], { authorization, "x-api-key": key })).toBe("ada");
  expect(await subOf([jwt, keys], { authorization: "Bearer bad", "x-api-key": key })).toBe("robot");
  expect(await subOf([jwt, keys], { authorization: "Bearer bad", "x-api-key": "bad" })).toBe(401);
  expect(await subOf([jwt, keys], {})).toBe(401);
});

it("an object is a provider, too", async () => {
  const provider = {
    validateToken: (token: string) =>
      token === "x" ? { sub: "ada", permissions: [], ...endless } : undefined,
    createToken: () => "x",
  };

  expect(await subOf(provider, { authorization: "Bearer x" })).toBe("ada");
});

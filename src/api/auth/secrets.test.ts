import Fastify, { type FastifyRequest } from "fastify";
import {
  APIError,
  type AuthProvider,
  authPlugin,
  JWTAuthProvider,
  registerErrorHandlers,
} from "tsmodules/api";
import { expect, it } from "vitest";

const secretKey = "a-secret-of-thirty-two-bytes-or-more";
const jwt = new JWTAuthProvider({ secretKey });

/** What an application logs of a request with this token, at the finest level. */
async function logOf(token: string, provider: AuthProvider = jwt, url = "/private"): Promise<string> {
  const lines: string[] = [];
  const stream = { write: (line: string) => lines.push(line) };
  const app = Fastify({ logger: { level: "trace", stream } });
  registerErrorHandlers(app);
  app.register(authPlugin, { provider, excludePaths: ["/public"] });
  app.get("/private", (request) => {
    request.log.info({ principal: request.principal, provider }, "handled");
    return "";
  });
  app.get("/public", () => "");
  await app.inject({ url, headers: { authorization: `Bearer ${token}` } });
  return lines.join("");
}

/** A provider that fails with what `fail` makes of the token. */
const failing = (fail: (token: string, request?: FastifyRequest) => unknown): AuthProvider => ({
  validateToken(token, request) {
    throw fail(token, request);
  },
  createToken: () => "",
});

it("a good token is not logged, nor is the secret", async () => {
  const token = await jwt.createToken({ sub: "ada" });
  const log = await logOf(token);

  expect(log).toContain('"sub":"ada"');
  expectNothingOf(token, log);
});

it.each<[string, () => Promise<string> | string, string]>([
  ["nonsense", () => "not-a-token-at-all", "ERR_JWS_INVALID"],
  [
    "of another secret",
    () => new JWTAuthProvider({ secretKey: "B".repeat(32) }).createToken({ sub: "eve-the-subject" }),
    "ERR_JWS_SIGNATURE_VERIFICATION_FAILED",
  ],
  [
    "over",
    () =>
      new JWTAuthProvider({ secretKey, clock: { now: () => 1_000 } }).createToken({ sub: "eve-the-subject" }),
    "ERR_JWT_EXPIRED",
  ],
])("a token that is %s is not logged, but why it was refused is", async (_what, makeToken, reason) => {
  const token = await makeToken();
  const log = await logOf(token);

  expect(log).toContain(reason);
  expect(log).not.toContain("eve-the-subject");
  expectNothingOf(token, log);
});

it.each<[string, (token: string, request?: FastifyRequest) => unknown]>([
  ["an error about the token", (token) => new Error(`GET https://id/introspect?token=${token} failed`)],
  ["an error because of one", (token) => new TypeError("no answer", { cause: new Error(`at ${token}`) })],
  [
    "an error that keeps the request",
    (token, request) =>
      Object.assign(new Error("no answer"), {
        token,
        request: { headers: request?.headers },
        config: { secretKey },
      }),
  ],
  [
    "an error for the client, because of one",
    (token) => {
      const error = new APIError(503, "AUTH_UNAVAILABLE", "not now");
      error.cause = new Error(`GET https://id/introspect?token=${token} failed`);
      return error;
    },
  ],
  ["a text", (token) => `no answer for ${token}`],
  [
    "an error that is its own cause",
    (token) => {
      const error = new Error(token);
      error.cause = error;
      return error;
    },
  ],
])("a provider that throws %s is logged without the token", async (_what, fail) => {
  for (const url of ["/private", "/public"]) {
    const log = await logOf("a1b2.c3d4e5.f6g7h8", failing(fail), url);

    expect(log).toContain('"level":50');
    expect(log).toMatch(/no answer|\[token\]/);
    expectNothingOf("a1b2.c3d4e5.f6g7h8", log);
  }
});

it("a provider's stack is logged", async () => {
  expect(
    await logOf(
      "token",
      failing(() => new Error("no answer")),
    ),
  ).toContain("secrets.test.ts");
});

it("keys that cannot be had are logged with what went wrong", async () => {
  const provider = failing(() => {
    const error = new APIError(503, "AUTH_UNAVAILABLE", "not now");
    error.cause = new Error("connection refused");
    return error;
  });

  expect(await logOf("token", provider)).toContain("connection refused");
});

/** No part of the token that says anything. */
function expectNothingOf(token: string, log: string): void {
  for (const part of [token, ...token.split(".").slice(1)]) expect(log).not.toContain(part);
  expect(log).not.toContain(secretKey);
}

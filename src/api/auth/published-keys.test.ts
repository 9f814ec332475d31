import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";
import { APIError, JWTAuthProvider, type JWTAuthProviderOptions } from "tsmodules/api";
import { afterEach, describe, expect, it, vi } from "vitest";

/** An identity provider's key, and tokens that are signed with it. */
async function createSigner(kid: string) {
  const { publicKey, privateKey } = await generateKeyPair("RS256");
  const jwk: JWK = { ...(await exportJWK(publicKey)), kid, alg: "RS256", use: "sig" };
  const createToken = (header: { alg: string; kid?: string } = { alg: "RS256", kid }) =>
    new SignJWT({ sub: "ada" })
      .setProtectedHeader(header)
      .setIssuedAt()
      .setExpirationTime("1h")
      .sign(privateKey);
  return { jwk, createToken };
}

const [old, young] = await Promise.all([createSigner("old"), createSigner("young")]);

let server: Server | undefined;
afterEach(() => {
  vi.useRealTimers();
  server?.closeAllConnections();
  server?.close();
});

/** A provider that finds its keys at an endpoint that answers as `listener` does. */
async function providerAt(listener: RequestListener, options: JWTAuthProviderOptions = {}) {
  server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return new JWTAuthProvider({ algorithm: "RS256", jwksUrl: `http://127.0.0.1:${port}/keys`, ...options });
}

describe("published keys", () => {
  it("are fetched once, also for requests that come at once", async () => {
    let fetches = 0;
    const provider = await providerAt((_request, response) => {
      fetches++;
      response.end(JSON.stringify({ keys: [old.jwk] }));
    });
    const token = await old.createToken();

    expect(await Promise.all([1, 2, 3].map(() => provider.validateToken(token)))).toMatchObject(
      Array(3).fill({ sub: "ada" }),
    );
    await provider.validateToken(token);
    expect(fetches).toBe(1);
  });

  it("are exchanged: an unknown key is asked for, but not all the time", async () => {
    let keys = [old.jwk];
    let fetches = 0;
    const provider = await providerAt((_request, response) => {
      fetches++;
      response.end(JSON.stringify({ keys }));
    });
    vi.useFakeTimers({ toFake: ["Date"] });
    await provider.validateToken(await old.createToken());
    keys = [young.jwk];

    expect(await provider.validateToken(await young.createToken())).toBeUndefined();
    expect(fetches).toBe(1);
    vi.setSystemTime(Date.now() + 30_000);
    expect(await provider.validateToken(await young.createToken())).toMatchObject({ sub: "ada" });
    expect(await provider.validateToken(await old.createToken())).toBeUndefined();
    expect(fetches).toBe(2);
  });

  it("check a token that does not name its key by each that it may mean", async () => {
    const provider = await providerAt((_request, response) => {
      response.end(JSON.stringify({ keys: [old.jwk, young.jwk] }));
    });
    const stranger = await createSigner("stranger");

    expect(await provider.validateToken(await young.createToken({ alg: "RS256" }))).toMatchObject({
      sub: "ada",
    });
    expect(await provider.validateToken(await stranger.createToken({ alg: "RS256" }))).toBeUndefined();
  });

  it("sign nothing", async () => {
    const provider = await providerAt((_request, response) => response.end());

    await expect(provider.createToken({ sub: "ada" })).rejects.toThrow("needs a privateKey");
  });

  it("are not asked for because of nonsense", async () => {
    const provider = await providerAt(() => expect.unreachable());

    expect(await provider.validateToken("nonsense")).toBeUndefined();
  });

  it("do not decide the algorithm", async () => {
    const { alg: _, ...jwk } = old.jwk;
    const provider = await providerAt((_request, response) => response.end(JSON.stringify({ keys: [jwk] })), {
      algorithm: "PS256",
    });

    expect(await provider.validateToken(await old.createToken())).toBeUndefined();
  });
});

describe("an endpoint of keys", () => {
  it.each<[string, RequestListener]>([
    ["fails", (_request, response) => response.writeHead(500).end("secret detail")],
    ["goes elsewhere", (_request, response) => response.writeHead(302, { location: "/other" }).end()],
    ["answers with a page", (_request, response) => response.end("<html>")],
    ["answers with other JSON", (_request, response) => response.end('{"keys":"none"}')],
    ["hangs up", (request) => request.socket.destroy()],
    ["does not answer", () => {}],
  ])("that %s makes no caller's token invalid", async (_what, listener) => {
    const provider = await providerAt(listener, { jwksTimeoutMs: 50 });
    const error = await provider.validateToken(await old.createToken()).catch((error) => error);

    expect(error).toBeInstanceOf(APIError);
    expect(error).toMatchObject({
      status: 503,
      code: "AUTH_UNAVAILABLE",
      message: "the keys that tokens are checked with cannot be had",
    });
  });

  it("is asked again after it was down", async () => {
    let isDown = true;
    const provider = await providerAt((_request, response) => {
      if (isDown) response.writeHead(503).end();
      else response.end(JSON.stringify({ keys: [old.jwk] }));
    });
    await expect(provider.validateToken(await old.createToken())).rejects.toThrow(APIError);
    isDown = false;

    expect(await provider.validateToken(await old.createToken())).toMatchObject({ sub: "ada" });
  });
});

import { once } from "node:events";
import { Agent, get } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import cors from "@fastify/cors";
import fc from "fast-check";
import Fastify, { type FastifyServerOptions } from "fastify";
import { ConfigurationError, defineEvent } from "tsmodules";
import {
  APIError,
  type AuthPluginOptions,
  AuthProvider,
  addDocs,
  addHealthEndpoints,
  authPlugin,
  ModuleRouter,
  registerErrorHandlers,
  requirePermissions,
  type TokenClaims,
} from "tsmodules/api";
import { createTestHost } from "tsmodules/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { authenticationOf } from "./auth-plugin.ts";
import { challengeOf } from "./challenge.ts";

const ada: TokenClaims = { sub: "ada", exp: new Date(2e12), iat: new Date(1e12), permissions: [] };

/** Takes the tokens that it is given. */
class Tokens extends AuthProvider {
  readonly tokens: Record<string, TokenClaims>;
  override readonly scheme: string;
  constructor(tokens: Record<string, TokenClaims> = { good: ada }, scheme = "Bearer") {
    super();
    this.tokens = tokens;
    this.scheme = scheme;
  }
  validateToken(token: string) {
    if (token === "broken") throw new Error("the store is down");
    if (token === "unavailable") throw new APIError(503, "AUTH_UNAVAILABLE", "not now");
    return this.tokens[token];
  }
  createToken() {
    return "good";
  }
}

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

/** An application whose routes say who asks. */
function createApp(options: Partial<AuthPluginOptions> = {}, server: FastifyServerOptions = {}) {
  const app = Fastify(server);
  registerErrorHandlers(app);
  app.register(authPlugin, { provider: new Tokens(), ...options });
  app.get("/private", whoAsks);
  return app;
}

const whoAsks = ({ principal }: { principal: unknown }) => ({ principal: principal ?? "nobody" });

describe("a private route", () => {
  it("is for those who have a valid token", async () => {
    const response = await createApp().inject({ url: "/private", ...bearer("good") });

    expect(response.json()).toMatchObject({ principal: { sub: "ada", permissions: [] } });
  });

  it.each<[string, Record<string, string>, string]>([
    ["no header", {}, "authentication is required"],
    ["an empty header", { authorization: "" }, "authentication is required"],
    ["a scheme alone", { authorization: "Bearer" }, "authentication is required"],
    ["a scheme and a space", { authorization: "Bearer " }, "authentication is required"],
    ["a token alone", { authorization: "good" }, "authentication is required"],
    ["another scheme", { authorization: "Basic good" }, "authentication is required"],
    ["two tokens", { authorization: "Bearer good good" }, "authentication is required"],
    ["two headers in one", { authorization: "Bearer good, Bearer bad" }, "authentication is required"],
    ["a token that nobody made", { authorization: "Bearer bad" }, "the token is not valid, or not any more"],
  ])("is a 401 with %s", async (_what, headers, detail) => {
    const response = await createApp().inject({ url: "/private", headers });

    expect(response.json()).toMatchObject({ status: 401, code: "AUTHENTICATION", detail });
  });

  it.each(["bearer good", "BEARER good", "Bearer   good"])("takes %j", async (authorization) => {
    expect((await createApp().inject({ url: "/private", headers: { authorization } })).statusCode).toBe(200);
  });

  it("refuses before it reads a body", async () => {
    const app = createApp();
    app.post("/private", whoAsks);
    const json = { "content-type": "application/json" };

    expect(
      (await app.inject({ method: "POST", url: "/private", headers: json, body: "{bad" })).statusCode,
    ).toBe(401);
  });

  it("is also every other method of it, and what was added before or elsewhere", async () => {
    const app = Fastify();
    app.get("/before", whoAsks);
    app.register(
      async (scope) => {
        scope.get("/before", whoAsks);
        scope.register(async (inner) => inner.get("/inner", whoAsks), { prefix: "/deep" });
      },
      { prefix: "/scope" },
    );
    app.register(authPlugin, { provider: new Tokens() });
    app.register(async (scope) => scope.all("/after", whoAsks), { prefix: "/scope" });
    new ModuleRouter(createTestHost()).registerEvent(Ping).mount(app);

    for (const url of ["/before", "/scope/before", "/scope/deep/inner", "/scope/after"]) {
      expect((await app.inject({ method: "HEAD", url })).statusCode).toBe(401);
      expect((await app.inject(url)).statusCode).toBe(401);
      expect((await app.inject({ url, ...bearer("good") })).json()).toMatchObject({
        principal: { sub: "ada" },
      });
    }
    expect((await app.inject({ method: "DELETE", url: "/scope/after" })).statusCode).toBe(401);
    expect((await app.inject({ method: "POST", url: "/ping" })).statusCode).toBe(401);
  });

  it("is only where the plugin is", async () => {
    const app = Fastify();
    app.get("/open", whoAsks);
    app.register(async (scope) => {
      scope.register(authPlugin, { provider: new Tokens() });
      scope.get("/closed", whoAsks);
    });

    expect((await app.inject("/open")).statusCode).toBe(200);
    expect((await app.inject("/closed")).statusCode).toBe(401);
    expect(authenticationOf(app)).toBeUndefined();
  });
});

class Ping extends defineEvent("ping") {}

describe("a public route", () => {
  it.each(["/docs", "/docs/a", "/docs/a/b", "/users/42", "/open", "/api/status"])(
    "may be %s",
    async (url) => {
      const app = createApp({ excludePaths: ["/docs", "/docs/*", "/users/{userId}", "/api/status"] });
      for (const route of ["/docs", "/docs/a", "/docs/:page/b", "/users/:userId"]) app.get(route, whoAsks);
      app.get("/open", { config: { public: true } }, whoAsks);
      app.register(async (scope) => scope.get("/status", whoAsks), { prefix: "/api" });

      expect((await app.inject(url)).json()).toEqual({ principal: "nobody" });
      expect((await app.inject({ url, ...bearer("good") })).json()).toMatchObject({
        principal: { sub: "ada" },
      });
      expect((await app.inject({ url, ...bearer("bad") })).json()).toEqual({ principal: "nobody" });
    },
  );

  it("works also while nobody can be recognised", async () => {
    const app = createApp({ excludePaths: ["/open"] });
    app.get("/open", whoAsks);

    expect((await app.inject({ url: "/open", ...bearer("broken") })).json()).toEqual({ principal: "nobody" });
  });

  it("does not make others public that look like it", async () => {
    const app = createApp({ excludePaths: ["/doc", "/docs/*", "/users/{userId}"] });
    for (const route of [
      "/doc",
      "/docs",
      "/docsecret",
      "/doc/a",
      "/users",
      "/users/:userId/keys",
      "/users/me",
    ])
      app.get(route, whoAsks);

    for (const url of ["/docs", "/docsecret", "/doc/a", "/users", "/users/42/keys", "/users/me"])
      expect((await app.inject(url)).statusCode).toBe(401);
  });

  it("of a typing error is warned of", async () => {
    const lines: string[] = [];
    const app = createApp(
      { excludePaths: ["/helth", "/private"] },
      { logger: { level: "warn", stream: { write: (line: string) => lines.push(line) } } },
    );
    await app.ready();

    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { route: "/helth", msg: "excludePaths of authPlugin has a route that the application does not have" },
    ]);
  });
});

describe("no spelling of a URL", () => {
  const routes = ["/secret", "/admin/keys", "/public/:id/secret"];
  const publicRoutes = ["/public", "/public/:id", "/docs/*"];
  const servers: FastifyServerOptions[] = [
    {},
    { routerOptions: { caseSensitive: false, ignoreTrailingSlash: true, ignoreDuplicateSlashes: true } },
    { routerOptions: { useSemicolonDelimiter: true } as FastifyServerOptions["routerOptions"] & object },
  ];
  const apps = servers.map((server) => {
    const app = createApp({ excludePaths: publicRoutes }, server);
    for (const route of routes) app.get(route, () => "secret");
    for (const route of publicRoutes) app.get(route, () => "public");
    return app;
  });
  const agent = new Agent({ keepAlive: true });
  beforeAll(() => Promise.all(apps.map((app) => app.listen({ host: "127.0.0.1", port: 0 }))));
  afterAll(() => Promise.all([...apps.map((app) => app.close()), agent.destroy()]));

  /** What each application answers to a path that is sent as it is; `inject` and `fetch` would tidy it up. */
  async function bodiesAt(path: string, headers = {}): Promise<string[]> {
    const bodies = apps.map(async ({ server }) => {
      const { port } = server.address() as AddressInfo;
      const [response] = await once(get({ host: "127.0.0.1", port, path, headers, agent }), "response");
      return text(response);
    });
    return Promise.all(bodies);
  }

  const segments = ["public", "secret", "docs", "admin", "keys", "PUBLIC", "Secret", "42", "..", ".", ""];
  const tricks = [
    "%2e%2e",
    "%2E",
    "%2f",
    "%5c",
    "\\",
    "%00",
    ";a=b",
    "%252e",
    "%73ecret",
    "?x=/public",
    "#/docs/",
  ];
  const url = fc
    .array(fc.constantFrom(...segments, ...tricks), { minLength: 1, maxLength: 6 })
    .chain((parts) =>
      fc
        .tuple(fc.constantFrom("/", "//", "/./"), fc.constantFrom("", "/", "//", "/..", "?a=1"))
        .map(([separator, end]) => separator + parts.join(separator) + end),
    );

  it("gets anything secret out of an application", async () => {
    await fc.assert(
      fc.asyncProperty(url, async (url) => {
        expect(await bodiesAt(url)).not.toContain("secret");
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    ...[
      "/docs/../secret",
      "/docs/%2e%2e/secret",
      "/docs/..%2fsecret",
      "/docs/%2e%2e%2fsecret",
      "/docs/..\\secret",
    ],
    ...[
      "//secret",
      "/secret/",
      "/SECRET",
      "/%73ecret",
      "/secret?/docs/",
      "/secret#/docs/",
      "/secret;/docs/a",
    ],
    ...["/./secret", "/docs//../secret", "/public/42/secret", "/public/docs/secret", "/public//secret"],
    ...["/public/%2e%2e/secret", "/admin/keys/", "/admin//keys", "/Admin/Keys", "/docs/%00/../../secret"],
  ])("such as %s", async (url) => {
    expect(await bodiesAt(url)).not.toContain("secret");
  });

  it("changes what those get who may have it", async () => {
    expect(await bodiesAt("/secret", bearer("good").headers)).toEqual(Array(3).fill("secret"));
    expect(await bodiesAt("/docs/..%2fsecret")).toEqual(Array(3).fill("public"));
  });
});

describe("what is not there", () => {
  it("is not there for anybody", async () => {
    const app = createApp();

    expect((await app.inject("/nothing")).statusCode).toBe(404);
    expect((await app.inject({ url: "/nothing", ...bearer("broken") })).statusCode).toBe(404);
  });

  it("is a method of an endpoint, too", async () => {
    const app = createApp();
    new ModuleRouter(createTestHost()).registerEvent(Ping).mount(app);

    expect((await app.inject("/ping")).statusCode).toBe(405);
  });
});

describe("other plugins", () => {
  it.each(["before", "after"])(
    "let browsers ask for permission, when CORS is registered %s",
    async (when) => {
      const app = Fastify();
      if (when === "before") app.register(cors, { origin: "https://example.com" });
      app.register(authPlugin, { provider: new Tokens() });
      if (when === "after") app.register(cors, { origin: "https://example.com" });
      app.get("/private", whoAsks);
      const origin = { origin: "https://example.com" };
      const preflight = await app.inject({
        method: "OPTIONS",
        url: "/private",
        headers: { ...origin, "access-control-request-method": "GET" },
      });
      const refused = await app.inject({ url: "/private", headers: origin });

      expect(preflight.statusCode).toBe(204);
      expect(refused.statusCode).toBe(401);
      // Else a script could not tell a 401 from a network that is down.
      expect(refused.headers["access-control-allow-origin"]).toBe("https://example.com");
    },
  );

  it("of ours can be public as a whole", async () => {
    const app = createApp({ excludePaths: ["/health", "/health/*", "/docs", "/docs/*", "/openapi.json"] });
    addHealthEndpoints(app, createTestHost());
    addDocs(app, { title: "Test", version: "1.0.0" });

    for (const url of ["/health", "/health/live", "/docs", "/docs/swagger-ui.css", "/openapi.json"])
      expect((await app.inject(url)).statusCode).toBe(200);
  });
});

describe("a provider that fails", () => {
  it("is a 500 that says nothing of the inside", async () => {
    const response = await createApp().inject({ url: "/private", ...bearer("broken") });

    expect(response.json()).toMatchObject({ status: 500, detail: "Internal Server Error" });
  });

  it("may say what the client should know", async () => {
    const response = await createApp().inject({ url: "/private", ...bearer("unavailable") });

    expect(response.json()).toMatchObject({ status: 503, code: "AUTH_UNAVAILABLE" });
  });

  it.each<[string, object | true]>([
    ["a text of permissions", { ...ada, permissions: "users:readonly" }],
    ["no permissions", { ...ada, permissions: undefined }],
    ["no subject", { ...ada, sub: undefined }],
    ["no claims at all", true],
  ])("is one that gives %s", async (_what, claims) => {
    const app = createApp({ provider: new Tokens({ odd: claims as TokenClaims }) });
    app.get("/reports", { preHandler: requirePermissions(["users:read"]) }, whoAsks);

    for (const url of ["/private", "/reports"])
      expect((await app.inject({ url, ...bearer("odd") })).statusCode).toBe(500);
  });

  it("is not made up for by the next one", async () => {
    const app = createApp({ provider: [new Tokens(), new Tokens({ broken: ada })] });

    expect((await app.inject({ url: "/private", ...bearer("broken") })).statusCode).toBe(500);
  });
});

describe("several providers", () => {
  const grace: TokenClaims = { ...ada, sub: "grace" };
  const provider = [new Tokens(), new Tokens({ other: grace }), new Tokens({ good: grace }, "Token")];

  it.each([
    ["Bearer good", "ada"],
    ["Bearer other", "grace"],
    ["Token good", "grace"],
  ])("share the work: %s", async (authorization, sub) => {
    const response = await createApp({ provider }).inject({ url: "/private", headers: { authorization } });

    expect(response.json()).toMatchObject({ principal: { sub } });
  });

  it.each(["Bearer bad", "Token other"])("have to take a token, one of them: %s", async (authorization) => {
    const response = await createApp({ provider }).inject({ url: "/private", headers: { authorization } });

    expect(response.statusCode).toBe(401);
  });
});

describe("a 401", () => {
  const challengeFor = async (provider: AuthPluginOptions["provider"], headers: Record<string, string>) => {
    const app = Fastify();
    app.setErrorHandler((_error, request, reply) => reply.code(401).send(challengeOf(request)));
    app.register(authPlugin, { provider, excludePaths: ["/login"] });
    app.get("/private", whoAsks);
    app.get("/login", () => {
      throw new Error("the password is wrong");
    });
    return [await app.inject({ url: "/private", headers }), await app.inject({ url: "/login", headers })].map(
      ({ body }) => body,
    );
  };

  it("says which scheme is asked for, and whether a token was refused", async () => {
    const both = [new Tokens(), new Tokens({}, "Token")];

    expect(await challengeFor(new Tokens(), {})).toEqual(["Bearer", "Bearer"]);
    expect(await challengeFor(new Tokens(), { authorization: "Basic good" })).toEqual(["Bearer", "Bearer"]);
    expect(await challengeFor(new Tokens(), { authorization: "Bearer bad" })).toEqual(
      Array(2).fill('Bearer error="invalid_token"'),
    );
    expect(await challengeFor(both, { authorization: "token bad" })).toEqual(
      Array(2).fill('Bearer, Token error="invalid_token"'),
    );
  });
});

describe("the plugin", () => {
  it("is there for who asks when the application is ready", async () => {
    const app = createApp();
    await app.ready();

    expect(authenticationOf(app)).toBeDefined();
    expect(authenticationOf(Fastify())).toBeUndefined();
  });

  const noProvider = "provider must be an AuthProvider, or a list of them";

  it.each<[object, string[]]>([
    [{}, [`${noProvider}, and is missing`]],
    [{ provider: [] }, [`${noProvider}, not an object`]],
    [{ provider: {} }, [`${noProvider}, not an object`]],
    [{ provider: new Tokens(), exclude: [] }, ["unknown option exclude; there are provider, excludePaths"]],
    [{ provider: new Tokens(), excludePaths: "/a" }, ['excludePaths must be a list of routes, not "/a"']],
    [
      { provider: new Tokens(), excludePaths: ["docs", "/a*", "/*/docs"] },
      [
        'excludePaths takes routes like "/users/{userId}", not "docs"',
        'excludePaths takes a star only as the last part, as in "/docs/*", not "/a*"',
        'excludePaths takes a star only as the last part, as in "/docs/*", not "/*/docs"',
      ],
    ],
  ])("%# refuses options with everything that is wrong", async (options, problems) => {
    const app = Fastify();
    app.register(authPlugin, options as AuthPluginOptions);
    const error = await Promise.resolve(app.ready()).catch((error) => error);

    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error.problems).toEqual(problems.map((problem) => `authPlugin: ${problem}`));
  });

  it("is registered once", async () => {
    const app = createApp();
    app.register(authPlugin, { provider: new Tokens() });

    await expect(async () => await app.ready()).rejects.toThrow("the application has it already");
  });
});

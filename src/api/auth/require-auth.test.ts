import Fastify, { type FastifyInstance } from "fastify";
import { ConfigurationError } from "tsmodules";
import {
  AuthProvider,
  authPlugin,
  registerErrorHandlers,
  requireAuth,
  requirePermissions,
} from "tsmodules/api";
import { describe, expect, it } from "vitest";

/** Takes every token for a list of permissions. */
class Permissions extends AuthProvider {
  validateToken(token: string) {
    if (token === "bad") return undefined;
    const permissions = token.split(",").filter((permission) => permission !== "none");
    return { sub: "ada", permissions, exp: new Date(8.64e15), iat: new Date(0) };
  }
  createToken() {
    return "none";
  }
}

function createApp(addRoutes: (app: FastifyInstance) => void) {
  const app = Fastify();
  registerErrorHandlers(app);
  addRoutes(app);
  app.register(authPlugin, { provider: new Permissions(), excludePaths: ["/open/*"] });
  return async (url: string, token?: string) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    return (await app.inject({ url, headers })).json();
  };
}

describe("requireAuth", () => {
  const hooks = ["onRequest", "preParsing", "preValidation", "preHandler"] as const;
  const get = createApp((app) => {
    for (const hook of hooks) {
      app.get<{ Params: { id: string } }>(
        `/open/${hook}/:id`,
        { [hook]: requireAuth },
        ({ principal, params }) => ({
          sub: principal?.sub,
          id: params.id,
        }),
      );
    }
  });

  it.each(hooks)("as %s lets nobody else through", async (hook) => {
    expect(await get(`/open/${hook}/1`, "none")).toEqual({ sub: "ada", id: "1" });
    expect(await get(`/open/${hook}/1`)).toMatchObject({ status: 401, detail: "authentication is required" });
    expect(await get(`/open/${hook}/1`, "bad")).toMatchObject({ status: 401, code: "AUTHENTICATION" });
  });

  it("lets nobody through where nobody is authenticated", async () => {
    const app = Fastify();
    registerErrorHandlers(app);
    app.get("/", { preHandler: requireAuth }, () => "");
    const { statusCode } = await app.inject({ url: "/", headers: { authorization: "Bearer none" } });

    expect(statusCode).toBe(401);
  });
});

describe("requirePermissions", () => {
  const get = createApp((app) => {
    app.get("/all", { preHandler: requirePermissions(["a", "b"]) }, () => ({}));
    app.get("/any", { onRequest: requirePermissions(["a", "b"], { all: false }) }, () => ({}));
    app.get("/open/all", { preHandler: requirePermissions(["a", "b"], { all: true }) }, () => ({}));
  });

  it("asks for all of them", async () => {
    expect(await get("/all", "b,c,a")).toEqual({});
    expect(await get("/all", "a")).toMatchObject({ status: 403, detail: "this needs the permission b" });
    expect(await get("/all", "none")).toMatchObject({
      status: 403,
      detail: "this needs the permission a, b",
    });
  });

  it("asks for any of them", async () => {
    expect(await get("/any", "b")).toEqual({});
    expect(await get("/any", "c")).toMatchObject({
      status: 403,
      code: "AUTHORIZATION",
      detail: "this needs one of the permissions a, b",
    });
  });

  it("knows a permission by its whole name", async () => {
    expect(await get("/any", "A")).toMatchObject({ status: 403 });
    expect(await get("/any", "a:b")).toMatchObject({ status: 403 });
  });

  it("asks for a principal first", async () => {
    expect(await get("/all")).toMatchObject({ status: 401 });
    expect(await get("/any", "bad")).toMatchObject({ status: 401 });
    expect(await get("/open/all")).toMatchObject({ status: 401 });
  });

  it.each([[[]], ["a"], [undefined]])("refuses the list %j", (list) => {
    expect(() => requirePermissions(list as never)).toThrow(ConfigurationError);
  });
});

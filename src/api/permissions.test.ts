import Fastify from "fastify";
import { defineEvent, defineModule, type Principal } from "tsmodules";
import {
  type AuthProvider,
  addDocs,
  authPlugin,
  ModuleRouter,
  registerErrorHandlers,
  type TokenClaims,
} from "tsmodules/api";
import { createTestHost } from "tsmodules/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";

class BanUser extends defineEvent("user.ban", {
  output: z.object({ by: z.string() }),
  permissions: ["users:write", "users:ban"],
}) {}
class ListUsers extends defineEvent("user.list", {
  output: z.object({ who: z.string() }),
  http: { public: true },
}) {}
class SweepUsers extends defineEvent("user.sweep", { output: z.object({ by: z.string() }) }) {}

const users = defineModule({ name: "users" }, (module) => {
  module.handle(BanUser, ({ meta }) => ({ by: meta.principal?.sub ?? "nobody" }));
  module.handle(ListUsers, ({ meta }) => ({ who: meta.principal?.sub ?? "nobody" }));
  module.handle(SweepUsers, (_event, { host }) => host.send(new BanUser()));
});

/** Takes a token `name:permission,permission`. */
const provider: AuthProvider = {
  validateToken(token): TokenClaims | undefined {
    const [sub, permissions = ""] = token.split(/:(.*)/s);
    if (!sub) return undefined;
    const [iat, exp] = [new Date(), new Date(Date.now() + 60_000)];
    return { sub, permissions: permissions.split(",").filter(Boolean), iat, exp, extra: {} };
  },
  createToken: () => "",
};

function createApp(knowing = provider) {
  const app = Fastify();
  registerErrorHandlers(app);
  new ModuleRouter(createTestHost().register(users))
    .registerEvent(BanUser)
    .registerEvent(ListUsers)
    .registerEvent(SweepUsers)
    .mount(app, { rpc: true });
  app.register(authPlugin, { provider: knowing });
  return app;
}

describe.each(["/users/ban", "/~/user.ban"])("permissions at POST %s", (url) => {
  const post = (token?: string) =>
    createApp().inject({
      method: "POST",
      url,
      ...(token !== undefined && { headers: { authorization: `Bearer ${token}` } }),
    });

  it("let those through who have all of them", async () => {
    expect((await post("ada:users:write,users:ban")).json()).toEqual({ by: "ada" });
  });

  it("are a 401 with a challenge for somebody unknown", async () => {
    const response = await post();

    expect(response.headers["www-authenticate"]).toBe("Bearer");
    expect(response.json()).toMatchObject({ status: 401, code: "AUTHENTICATION" });
  });

  it("are a 403 for those who lack one", async () => {
    expect((await post("bob:users:write")).json()).toMatchObject({ status: 403, code: "AUTHORIZATION" });
  });
});

it("permissions hold for what a permitted event dispatches on somebody's behalf", async () => {
  const sweep = (token: string) =>
    createApp().inject({
      method: "POST",
      url: "/users/sweep",
      headers: { authorization: `Bearer ${token}` },
    });

  expect((await sweep("ada:users:write,users:ban")).json()).toEqual({ by: "ada" });
  expect((await sweep("bob")).statusCode).toBe(403);
});

it("permissions hold in the process, too, where there is a principal", async () => {
  const host = createTestHost().register(users);
  const principal: Principal = { sub: "bob", permissions: ["users:write"] };

  await expect(host.handle(new BanUser(), { principal })).rejects.toMatchObject({ status: 403 });
  expect((await host.handle(new BanUser())).output).toEqual({ by: "nobody" });
});

it("a public event knows who asks, if somebody is known", async () => {
  const app = createApp();

  expect((await app.inject("/users")).json()).toEqual({ who: "nobody" });
  expect((await app.inject({ url: "/users", headers: { authorization: "Bearer ada" } })).json()).toEqual({
    who: "ada",
  });
});

it("the documentation says who may call what", async () => {
  const app = createApp();
  addDocs(app, { title: "Users", version: "1.0.0" });

  expect(
    (await app.inject({ url: "/openapi.json", headers: { authorization: "Bearer ada" } })).json(),
  ).toMatchObject({
    components: { securitySchemes: { bearerAuth: { type: "http", scheme: "bearer" } } },
    paths: {
      "/users": { get: { security: [] } },
      "/users/ban": { post: { security: [{ bearerAuth: ["users:write", "users:ban"] }] } },
    },
  });
});

it("the documentation asks how a token of its own is sent, which nobody else can know", async () => {
  const app = createApp({
    validateToken: provider.validateToken,
    createToken: provider.createToken,
    tokenFrom: ({ headers }) => String(headers["x-api-key"]),
  });
  addDocs(app, { title: "Users", version: "1.0.0" });

  await expect(async () => await app.ready()).rejects.toThrow("addDocs needs securitySchemes");
});

it("an application that authenticates nobody does not start with an event that asks for permissions", async () => {
  const app = Fastify();
  new ModuleRouter(createTestHost().register(users)).registerEvent(BanUser).mount(app);

  await expect(app.ready()).rejects.toThrow(
    '"user.ban" asks for permissions (users:write, users:ban), and the application authenticates nobody; register authPlugin',
  );
});

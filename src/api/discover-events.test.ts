import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import Fastify from "fastify";
import { defineEvent } from "tsmodules";
import { ModuleRouter } from "tsmodules/api";
import { createTestHost } from "tsmodules/testing";
import { describe, expect, it, onTestFinished } from "vitest";

const tsmodules = new URL("../index.ts", import.meta.url).href;

/** A directory of these files; `event(...)` in them is `defineEvent`. */
function directoryOf(files: Record<string, string>): URL {
  const directory = mkdtempSync(join(tmpdir(), "discover-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  for (const [name, source] of Object.entries(files)) {
    const path = join(directory, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `import { defineEvent as event } from ${JSON.stringify(tsmodules)};\n${source}`);
  }
  return pathToFileURL(`${directory}/`);
}

function appOf(mount: (router: ModuleRouter, app: ReturnType<typeof Fastify>) => unknown) {
  const app = Fastify({ exposeHeadRoutes: false });
  const routes: string[] = [];
  app.addHook("onRoute", ({ method, url }) => void routes.push(`${method} ${url}`));
  mount(new ModuleRouter(createTestHost()), app);
  return { app, routes };
}

/** The routes of an application that discovers these files. */
async function routesOf(files: Record<string, string>): Promise<string[]> {
  const { app, routes } = appOf((router, app) => router.discoverEvents(directoryOf(files)).mount(app));
  await app.ready();
  return routes;
}

const listUsers = 'export class ListUsers extends event("user.list", { http: true }) {}';

describe("discoverEvents", () => {
  it("adds what the files of a directory export, in the order of their names", async () => {
    expect(
      await routesOf({
        "users.ts": `${listUsers}\nexport const version = 1;`,
        "shop/orders.ts":
          'export default class extends event("order.list", { http: { path: "/bought" } }) {}',
      }),
    ).toEqual(["GET /bought", "GET /users"]);
  });

  it("adds nothing that does not say http", async () => {
    expect(
      await routesOf({
        "users.ts":
          'export const Sync = event("user.sync"); export const Purge = event("user.purge", { http: false });',
      }),
    ).toEqual([]);
  });

  it("reads sources and what is compiled of them, and neither tests nor declarations nor anything else", async () => {
    const failing = 'throw new Error("nobody should import this");';

    expect(
      await routesOf({
        "users.js": listUsers.replace("user.list", "one.list"),
        "users.mts": listUsers.replace("user.list", "two.list"),
        "users.test.ts": failing,
        "users.spec.js": failing,
        "users.test-d.ts": failing,
        "users.d.ts": failing,
        "node_modules/package/index.js": failing,
        "readme.md": failing,
        "users.json": failing,
      }),
    ).toEqual(["GET /ones", "GET /twos"]);
  });

  it("counts a class once that two files export", async () => {
    expect(
      await routesOf({
        "index.ts": 'void event; export { ListUsers as All } from "./users.ts";',
        "users.ts": listUsers,
      }),
    ).toEqual(["GET /users"]);
  });

  it("may come after mount, and into several applications", async () => {
    const directory = directoryOf({ "users.ts": listUsers });
    const other = Fastify();
    const { app, routes } = appOf((router, app) => {
      router.mount(app, { prefix: "/v1" });
      router.registerEvent(defineEvent("ping")).discoverEvents(directory).mount(other, { prefix: "/v2" });
    });
    await Promise.all([app.ready(), other.ready()]);

    expect(routes.sort()).toEqual(["GET /v1/users", "POST /v1/ping"]);
    expect(other.hasRoute({ method: "GET", url: "/v2/users" })).toBe(true);
  });

  it("adds routes that have the application's hooks, also those added later", async () => {
    const { app } = appOf((router, app) =>
      router.discoverEvents(directoryOf({ "users.ts": listUsers })).mount(app),
    );
    app.addHook("onRequest", (_request, reply) => reply.code(401).send());

    expect((await app.inject("/users")).statusCode).toBe(401);
  });
});

describe("app.ready rejects", () => {
  it("two discovered events on one route, naming both", async () => {
    const files = { "users.ts": listUsers, "more.ts": listUsers.replace("user.list", "users.list") };

    await expect(routesOf(files)).rejects.toThrow('"users.list" and "user.list" are both GET /users');
  });

  it("a discovered event on the route of a registered one", async () => {
    const { app } = appOf((router, app) =>
      router
        .discoverEvents(directoryOf({ "users.ts": listUsers }))
        .registerEvent(defineEvent("users.list"))
        .mount(app),
    );

    await expect(app.ready()).rejects.toThrow('"users.list" and "user.list" are both GET /users');
  });

  it("a directory that does not exist", async () => {
    const { app } = appOf((router, app) =>
      router.discoverEvents(new URL("./nowhere/", import.meta.url)).mount(app),
    );

    await expect(app.ready()).rejects.toMatchObject({
      name: "ConfigurationError",
      message: expect.stringMatching(/^discoverEvents cannot read the directory .*nowhere\/: ENOENT/),
    });
  });

  it("each file that cannot be imported, by its name", async () => {
    const files = {
      "bad.ts": 'void event; throw new Error("no luck");',
      "worse.js": "export const =",
      "users.ts": listUsers,
    };

    await expect(routesOf(files)).rejects.toMatchObject({
      name: "ConfigurationError",
      problems: [
        expect.stringMatching(/^discoverEvents cannot import .*bad\.ts: no luck$/),
        expect.stringMatching(/^discoverEvents cannot import .*worse\.js: /),
      ],
      cause: new Error("no luck"),
    });
  });

  it("an event whose options are wrong", async () => {
    await expect(
      routesOf({ "users.ts": 'export const Wrong = event("user.list", { http: { path: "users" } });' }),
    ).rejects.toThrow('http of "user.list": path must be a path that begins with "/"');
  });
});

describe("what discoverEvents is given", () => {
  it.each([["./events/"], [new URL("https://example.com/events/")]])(
    "must be a file: URL, not %s",
    (directory) => {
      expect(() => new ModuleRouter(createTestHost()).discoverEvents(directory as never)).toThrow(
        `discoverEvents takes a file: URL, as new URL("./events/", import.meta.url) is one, not ${JSON.stringify(directory)}`,
      );
    },
  );
});

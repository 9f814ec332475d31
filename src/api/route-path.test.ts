import Fastify from "fastify";
import { defineEvent, defineModule } from "tsmodules";
import { ModuleRouter } from "tsmodules/api";
import { createTestHost } from "tsmodules/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { parametersOf } from "./route-path.ts";

/** An application that answers an event at `path` with its input. */
function serving(path: string, prefix = "") {
  const input = z.object(Object.fromEntries(parametersOf(path).map((name) => [name, z.string()])));
  class Look extends defineEvent("thing.look", {
    input,
    output: z.unknown(),
    http: { method: "GET", path },
  }) {}
  const things = defineModule({ name: "things" }, (module) => module.handle(Look, ({ input }) => input));
  const app = Fastify();
  new ModuleRouter(createTestHost().register(things)).registerEvent(Look).mount(app, { prefix, rpc: true });
  return app;
}

describe("a path", () => {
  it.each([
    ["/", "/", {}],
    ["/teams/{teamId}/members/{memberId}", "/teams/7/members/8", { teamId: "7", memberId: "8" }],
    ["/files/{name}.json", "/files/a.json", { name: "a" }],
    ["/files/{name}.tar.gz", "/files/a.b.tar.gz", { name: "a.b" }],
    ["/days/{from}-{to}", "/days/1-2", { from: "1", to: "2" }],
    ["/days/of-{year}", "/days/of-1970", { year: "1970" }],
    ["/users:search", "/users:search", {}],
    ["/files/{name}.v:1", "/files/a.v:1", { name: "a" }],
    ["/users/{user_id}/$all", "/users/7/$all", { user_id: "7" }],
    ["/cafés/{naïve}", "/caf%C3%A9s/7", { naïve: "7" }],
    ["/users/", "/users/", {}],
  ])("%s serves %s", async (path, url, input) => {
    const response = await serving(path).inject(url);

    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual(input);
  });

  it("with a colon serves nothing else", async () => {
    expect((await serving("/users:search").inject("/users")).statusCode).toBe(404);
    expect((await serving("/users:search").inject("/usersaway")).statusCode).toBe(404);
  });

  it.each([
    ["", 'a path that begins with "/"'],
    ["users", 'a path that begins with "/"'],
    ["/users/{id", "a path whose braces are balanced"],
    ["/users/id}", "a path whose braces are balanced"],
    ["/users/{{id}}", "a path whose braces are balanced"],
    ["/users/{}", "a path whose parameters are named by letters, digits, _ and $ alone"],
    ["/users/{user-id}", "a path whose parameters are named by letters, digits, _ and $ alone"],
    ["/users/{id:int}", "a path whose parameters are named by letters, digits, _ and $ alone"],
    ["/users/{id}/friends/{id}", "a path that names each parameter once"],
    ["/users/{id}:activate", 'a path whose parameters end at "/", "-", "." or its end'],
    ["/users/{id}s", 'a path whose parameters end at "/", "-", "." or its end'],
    ["/users/{first}{last}", 'a path whose parameters end at "/", "-", "." or its end'],
    ["/users/*", "a path without wildcards, query, fragment and white space"],
    ["/users/{id}?", 'a path whose parameters end at "/", "-", "." or its end'],
    ["/users?all", "a path without wildcards, query, fragment and white space"],
    ["/users#all", "a path without wildcards, query, fragment and white space"],
    ["/all users", "a path without wildcards, query, fragment and white space"],
    ["/caf%C3%A9s", "a path that is not percent-encoded: its characters stand as they are"],
    ["/users//all", "a path without empty, . and .. segments"],
    ["/users/../all", "a path without empty, . and .. segments"],
    ["/users/.", "a path without empty, . and .. segments"],
    [7 as never, 'a path that begins with "/"'],
  ])("%j is refused", (path, expected) => {
    const event = defineEvent("thing.look", { http: { path } });

    expect(() => new ModuleRouter(createTestHost()).registerEvent(event)).toThrow(
      `http of "thing.look": path must be ${expected}, not ${JSON.stringify(path)}`,
    );
  });
});

describe("a prefix", () => {
  it("may have several segments", async () => {
    expect((await serving("/users", "/api/v1:beta").inject("/api/v1:beta/users")).statusCode).toBe(200);
  });

  it("with a colon is as exact for those who call by name", async () => {
    const app = serving("/users", "/v1:beta");
    const call = (prefix: string) => app.inject({ method: "POST", url: `${prefix}/~/thing.look`, body: {} });

    expect((await call("/v1:beta")).statusCode).toBe(200);
    expect((await call("/v1alpha")).statusCode).toBe(404);
  });

  it.each(["api", "/", "/api/", "/{tenant}", "/api/*", 7 as never])("of %j is refused", (prefix) => {
    expect(() => serving("/users", prefix)).toThrow(
      `mount: prefix must be a path that begins with a slash, ends without one and has no parameters, not ${JSON.stringify(prefix)}`,
    );
  });

  it("is what mount takes, and nothing else", () => {
    expect(() => new ModuleRouter(createTestHost()).mount(Fastify(), { prefx: "/api" } as never)).toThrow(
      "mount: unknown option prefx",
    );
  });
});

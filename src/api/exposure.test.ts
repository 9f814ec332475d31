import Fastify from "fastify";
import { type AnyEvent, type AnyEventClass, defineEvent, defineModule, Module } from "tsmodules";
import { addEventEndpoint, apiEndpoint, excludeFromApi, ModuleRouter } from "tsmodules/api";
import { createTestHost } from "tsmodules/testing";
import { describe, expect, expectTypeOf, it } from "vitest";
import { z } from "zod";

/** The routes that `register` adds to a router of `host`. */
function routesOf(register: (router: ModuleRouter) => unknown, host = createTestHost()): string[] {
  const app = Fastify({ exposeHeadRoutes: false });
  const routes: string[] = [];
  app.addHook("onRoute", ({ method, url }) => void routes.push(`${method} ${url}`));
  const router = new ModuleRouter(host);
  register(router);
  router.mount(app);
  return routes;
}

describe("registerEvent", () => {
  it("exposes an event also if it says nothing of http", () => {
    expect(routesOf((router) => router.registerEvent(defineEvent("user.list")))).toEqual(["GET /users"]);
  });

  it("serves an event once, however often it is added", () => {
    class ListUsers extends defineEvent("user.list") {}
    class ListUsersToo extends ListUsers {}
    const register = (router: ModuleRouter) =>
      router.registerEvent(ListUsers).registerEvent(ListUsers).registerEvent(ListUsersToo);

    expect(routesOf(register)).toEqual(["GET /users"]);
  });

  it.each([
    [undefined, "registerEvent takes an event class, as defineEvent makes it, not undefined"],
    [class Greet {}, "registerEvent takes an event class, as defineEvent makes it, not the function Greet"],
  ])("refuses %s", (event, message) => {
    expect(() => routesOf((router) => router.registerEvent(event as never))).toThrow(message);
  });
});

describe("registerModule", () => {
  class CreateUser extends defineEvent("user.create", { http: true }) {}
  class ListUsers extends defineEvent("user.list", { http: { path: "/everybody" } }) {}
  class SyncUsers extends defineEvent("user.sync") {}
  class PurgeUsers extends defineEvent("user.purge", { http: false }) {}
  class UserLeft extends defineEvent("user.leave", { http: true }) {}
  const users = defineModule({ name: "users" }, (module) => {
    for (const event of [CreateUser, ListUsers, SyncUsers, PurgeUsers]) module.handle(event, () => {});
    module.subscribe(UserLeft, () => {});
  });

  it("exposes what the module handles and what says http", () => {
    const host = createTestHost().register(users);

    expect(routesOf((router) => router.registerModule(users), host)).toEqual([
      "POST /users",
      "GET /everybody",
    ]);
  });

  it("knows an event also where another module is asked first", () => {
    const cache = defineModule({ name: "cache" }, (module) => module.handle(CreateUser, () => {}));
    const host = createTestHost().register(cache).register(users);

    expect(routesOf((router) => router.registerModule(users), host)).toContain("POST /users");
    expect(routesOf((router) => router.registerModule(cache).registerModule(users), host)).toHaveLength(2);
  });

  it("takes an instance of a Module class", () => {
    class Users extends Module {
      setup = users.setup;
    }
    const instance = new Users();
    const host = createTestHost().register(instance);

    expect(routesOf((router) => router.registerModule(instance), host)).toHaveLength(2);
  });

  it("refuses a module that the host does not have", () => {
    const host = createTestHost();
    const register = (router: ModuleRouter) => router.registerModule(users);

    expect(() => routesOf(register, host)).toThrow(
      'module "users" is not registered in the router\'s host: call host.register first',
    );
    host.register(defineModule({ name: "users" }, () => {}));
    expect(() => routesOf(register, host)).toThrow(
      'module "users" is not registered in the router\'s host, which has another module of that name',
    );
  });

  it("refuses a module whose events nobody knows", () => {
    class Greeter extends Module {
      canHandle(event: AnyEvent) {
        return event instanceof CreateUser;
      }
      handle() {}
    }
    const greeter = new Greeter();
    const host = createTestHost().register(greeter);

    expect(() => routesOf((router) => router.registerModule(greeter), host)).toThrow(
      'module "Greeter" decides by canHandle, so that its events are not known; add them by registerEvent',
    );
  });

  it("refuses what is no module", () => {
    expect(() => routesOf((router) => router.registerModule(undefined as never))).toThrow(
      "registerModule takes what defineModule returns, or an instance of a Module class",
    );
  });
});

describe("apiEndpoint", () => {
  it("does to a class what http does on its contract", () => {
    class ListUsers extends defineEvent("user.list") {}
    apiEndpoint({ path: "/everybody" })(ListUsers);
    const users = defineModule({ name: "users" }, (module) => module.handle(ListUsers, () => {}));
    const host = createTestHost().register(users);

    expect(routesOf((router) => router.registerModule(users), host)).toEqual(["GET /everybody"]);
  });

  it("leaves the parent class as it is and counts for children", () => {
    class ListUsers extends defineEvent("user.list") {}
    class ListEverybody extends ListUsers {}
    apiEndpoint({ path: "/everybody" })(ListEverybody);
    class ListEverybodySoon extends ListEverybody {}
    apiEndpoint({ method: "POST" })(ListEverybodySoon);
    const register = (router: ModuleRouter) =>
      router.registerEvent(ListUsers).registerEvent(ListEverybody).registerEvent(ListEverybodySoon);

    expect(routesOf(register)).toEqual(["GET /users", "GET /everybody", "POST /everybody"]);
  });

  it("leaves one name to call the classes of a contract by", () => {
    class ListUsers extends defineEvent("user.list") {}
    class ListEverybody extends ListUsers {}
    apiEndpoint({ path: "/everybody" })(ListEverybody);
    const app = Fastify();
    const router = new ModuleRouter(createTestHost()).registerEvent(ListUsers).registerEvent(ListEverybody);
    router.mount(app, { rpc: true });

    expect(app.hasRoute({ method: "POST", url: "/~/user.list" })).toBe(true);
  });

  it("comes before the contract option by option, http: false included", () => {
    class FindUser extends defineEvent("user.find", { http: { method: "POST", path: "/find" } }) {}
    apiEndpoint({ path: "/look" })(FindUser);
    class HiddenUser extends defineEvent("user.hide", { http: false }) {}
    apiEndpoint()(HiddenUser);

    expect(routesOf((router) => router.registerEvent(FindUser).registerEvent(HiddenUser))).toEqual([
      "POST /look",
      "POST /users/hide",
    ]);
  });

  it("gives the class back, so that it is a decorator and an expression", () => {
    class ListUsers extends defineEvent("user.list") {}
    const decorator: (
      event: typeof ListUsers,
      context: ClassDecoratorContext<typeof ListUsers>,
    ) => typeof ListUsers = apiEndpoint({ tags: ["Users"] });

    expect(apiEndpoint()(ListUsers)).toBe(ListUsers);
    expect(decorator).toBeTypeOf("function");
    expectTypeOf(excludeFromApi(ListUsers)).toEqualTypeOf<typeof ListUsers>();
  });

  it("refuses wrong options, and what is no event", () => {
    expect(() => apiEndpoint({ metod: "GET" } as never)(defineEvent("user.list"))).toThrow(
      'http of "user.list": unknown option metod',
    );
    expect(() => apiEndpoint()(class {} as never)).toThrow("apiEndpoint takes an event class");
  });

  it("may take back an exclusion by the parent", () => {
    class ListUsers extends defineEvent("user.list", { http: true }) {}
    excludeFromApi(ListUsers);
    class ListPublicUsers extends ListUsers {}
    apiEndpoint()(ListPublicUsers);

    expect(routesOf((router) => router.registerEvent(ListPublicUsers))).toEqual(["GET /users"]);
  });
});

describe("excludeFromApi", () => {
  it("does to a class what http: false does on its contract", () => {
    class ListUsers extends defineEvent("user.list", { http: true }) {}
    class ListSecretUsers extends ListUsers {}
    excludeFromApi(ListSecretUsers);
    const users = defineModule({ name: "users" }, (module) => module.handle(ListSecretUsers, () => {}));
    const host = createTestHost().register(users);

    expect(routesOf((router) => router.registerModule(users), host)).toEqual([]);
    expect(() => routesOf((router) => router.registerEvent(ListSecretUsers))).toThrow(
      '"user.list" says that it is not for HTTP',
    );
    expect(routesOf((router) => router.registerEvent(ListUsers))).toEqual(["GET /users"]);
  });

  it("refuses what is no event", () => {
    expect(() => excludeFromApi(7 as never)).toThrow("excludeFromApi takes an event class");
  });
});

describe("addEventEndpoint", () => {
  class RenameUser extends defineEvent("user.rename", {
    input: z.object({ id: z.string(), name: z.string() }),
    http: { method: "PUT", query: ["name"] },
  }) {}
  const routeAt = (...rest: [path: string, event: AnyEventClass, options?: object]) => {
    const app = Fastify({ exposeHeadRoutes: false });
    const routes: string[] = [];
    app.addHook("onRoute", ({ method, url }) => void routes.push(`${method} ${url}`));
    const [path, event, options] = rest;
    addEventEndpoint(app, createTestHost(), path, event, options);
    return routes;
  };

  it("is POST where nothing else is said", () => {
    expect(routeAt("/everybody", defineEvent("user.list"))).toEqual(["POST /everybody"]);
    expect(routeAt("/rename/{id}", RenameUser)).toEqual(["PUT /rename/:id"]);
    expect(routeAt("/rename/{id}", RenameUser, { method: "PATCH" })).toEqual(["PATCH /rename/:id"]);
  });

  it("takes the other options of http as well, and checks them", () => {
    expect(() => routeAt("/rename", RenameUser, { headers: { mood: "X-Mood" } })).toThrow(
      '"user.rename" has no input field "mood", which http.headers names',
    );
    expect(() => routeAt("rename", RenameUser)).toThrow(
      'http of "user.rename": path must be a path that begins with "/", not "rename"',
    );
  });

  it("refuses what is not for HTTP", () => {
    expect(() => routeAt("/purge", defineEvent("user.purge", { http: false }))).toThrow("is not for HTTP");
  });
});

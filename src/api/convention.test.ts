import { readFileSync } from "node:fs";
import Fastify from "fastify";
import { ConfigurationError, defineEvent } from "tsmodules";
import {
  addDocs,
  type Convention,
  conventionalRoute,
  ModuleRouter,
  type ModuleRouterOptions,
} from "tsmodules/api";
import { createTestHost } from "tsmodules/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { CONVENTIONS } from "./convention.ts";

const withId = z.object({ id: z.string() });

/** The route of an event by its name, as Fastify knows it. */
function routeOf(
  name: string,
  options: ModuleRouterOptions = {},
  input: z.ZodType = withId,
): string | undefined {
  const app = Fastify({ exposeHeadRoutes: false });
  const routes: string[] = [];
  app.addHook("onRoute", ({ method, url }) => void routes.push(`${method} ${url}`));
  new ModuleRouter(createTestHost(), options).registerEvent(defineEvent(name, { input })).mount(app);
  return routes[0];
}

describe("the convention", () => {
  it.each([
    ["user.create", "POST /users"],
    ["user.list", "GET /users"],
    ["user.get", "GET /users/:id"],
    ["user.update", "PUT /users/:id"],
    ["user.patch", "PATCH /users/:id"],
    ["user.delete", "DELETE /users/:id"],
    ["user.search", "POST /users/search"],
    ["user.query", "POST /users/query"],
    ["user.find", "GET /users/find"],
    ["user.bulk_create", "POST /users/bulk"],
    ["user.bulk_update", "PUT /users/bulk"],
    ["user.bulk_delete", "DELETE /users/bulk"],
    ["user.import", "POST /users/import"],
    ["user.export", "POST /users/export"],
    ["user.activate", "POST /users/:id/activate"],
    ["user.cancel", "POST /users/:id/cancel"],
    ["team.get_members", "GET /teams/:id/get-members"],
    ["team.add_member", "POST /teams/:id/add-member"],
    ["team.remove_member", "DELETE /teams/:id/remove-member"],
    ["post.add_tags", "POST /posts/:id/add-tags"],
    ["post.remove_tags", "DELETE /posts/:id/remove-tags"],
    ["user.login", "POST /users/login"],
    ["user.reset_password", "POST /users/reset-password"],
    ["user.greet", "POST /users/greet"],
    ["shop.checkout.order.create", "POST /orders"],
    ["ping", "POST /ping"],
  ])("reads %s as %s", (name, route) => {
    expect(routeOf(name)).toBe(route);
  });

  it.each([
    ["CreateUser", "POST /users"],
    ["CreateUserEvent", "POST /users"],
    ["ListUsers", "GET /users"],
    ["GetUser", "GET /users/:id"],
    ["DeleteOrderItem", "DELETE /order-items/:id"],
    ["BulkCreateUsers", "POST /users/bulk"],
    ["BulkDeleteUsersEvent", "DELETE /users/bulk"],
    ["ActivateUser", "POST /users/:id/activate"],
    ["SearchUsers", "POST /users/search"],
    ["ResetPassword", "POST /reset-password"],
    ["ResetPasswordEvent", "POST /reset-password"],
    ["RefreshToken", "POST /refresh-token"],
    ["RefreshReport", "POST /reports/:id/refresh"],
    ["Login", "POST /login"],
    ["GreetPerson", "POST /people/greet"],
    ["GreetEvent", "POST /greet"],
    ["GetHTTPLog", "GET /http-logs/:id"],
    ["createUser", "POST /users"],
    ["create_user", "POST /users"],
    ["create-user-event", "POST /users"],
  ])("reads the class name %s as %s", (name, route) => {
    expect(routeOf(name)).toBe(route);
  });

  it.each([
    ["GetMembersOfTeam", "GET /teams/:id/get-members"],
    ["AddMemberToTeam", "POST /teams/:id/add-member"],
    ["RemoveMemberFromTeam", "DELETE /teams/:id/remove-member"],
    ["AddTagsToPost", "POST /posts/:id/add-tags"],
    ["RemoveTagsFromPost", "DELETE /posts/:id/remove-tags"],
    ["CreateToDo", "POST /to-dos"],
  ])("takes the preposition of %s for one only in a relation", (name, route) => {
    expect(routeOf(name)).toBe(route);
  });

  it.each([
    ["CreateEvent", "POST /events"],
    ["CreateEventEvent", "POST /events"],
    ["ListEvents", "GET /events"],
    ["GetMembers", "GET /members/:id"],
    ["AddMember", "POST /members/add"],
  ])("leaves %s the thing that its action needs", (name, route) => {
    expect(routeOf(name)).toBe(route);
  });

  it.each([
    ["user.list", "/users"],
    ["users.list", "/users"],
    ["person.list", "/people"],
    ["people.list", "/people"],
    ["child.list", "/children"],
    ["children.list", "/children"],
    ["category.list", "/categories"],
    ["analyses.list", "/analyses"],
    ["status.list", "/statuses"],
    ["address.list", "/addresses"],
    ["series.list", "/series"],
    ["settings.list", "/settings"],
    ["order_item.list", "/order-items"],
    ["orderItem.list", "/order-items"],
    ["order-items.list", "/order-items"],
  ])("has one plural for %s: %s", (name, path) => {
    expect(routeOf(name)).toBe(`GET ${path}`);
  });

  it("keeps letters of other languages, which are asked for percent-encoded", async () => {
    const app = Fastify();
    new ModuleRouter(createTestHost()).registerEvent(defineEvent("café.list", { http: true })).mount(app);

    // No module handles it, and that is said by the route's own handler.
    expect((await app.inject("/caf%C3%A9")).json()).toMatchObject({ code: "UNHANDLED_EVENT" });
  });

  it("takes tags and summaries from the name", async () => {
    const app = Fastify();
    new ModuleRouter(createTestHost())
      .registerEvent(defineEvent("order_item.bulk_create"))
      .registerEvent(defineEvent("ping"))
      .mount(app);
    addDocs(app, { title: "Shop", version: "1" });

    expect((await app.inject("/openapi.json")).json().paths).toMatchObject({
      "/order-items/bulk": { post: { tags: ["Order Items"], summary: "Bulk Create Order Item" } },
      "/ping": { post: { tags: ["Default"], summary: "Ping" } },
    });
  });
});

describe("the path parameter", () => {
  it.each([
    [{ userId: z.string(), user_id: z.string(), id: z.string() }, "/users/:userId"],
    [{ id: z.string(), user_id: z.string() }, "/users/:user_id"],
    [{ name: z.string(), id: z.string() }, "/users/:id"],
  ])("is named as the input's field is, the most telling one first", (fields, path) => {
    expect(routeOf("user.get", {}, z.object(fields))).toBe(`GET ${path}`);
  });

  it("has all the words of the thing", () => {
    expect(routeOf("order_item.get", {}, z.object({ orderItemId: z.string() }))).toBe(
      "GET /order-items/:orderItemId",
    );
    expect(routeOf("OrderItems.get", {}, z.object({ order_item_id: z.string() }))).toBe(
      "GET /order-items/:order_item_id",
    );
  });

  it("may be any field where the input may have any", () => {
    expect(routeOf("user.get", {}, z.looseObject({ name: z.string() }))).toBe("GET /users/:userId");
    expect(routeOf("user.get", {}, z.record(z.string(), z.string()))).toBe("GET /users/:userId");
  });
});

describe("customPlurals", () => {
  const customPlurals = { staff: "staff", person: "folks", Canvas: "Canvases" };

  it.each([
    ["staff.list", "GET /staff"],
    ["person.list", "GET /folks"],
    ["people.list", "GET /folks"],
    ["folks.list", "GET /folks"],
    ["sales_person.list", "GET /sales-folks"],
    ["ListCanvases", "GET /canvases"],
    ["user.list", "GET /users"],
  ])("of %s give %s", (name, route) => {
    expect(routeOf(name, { customPlurals })).toBe(route);
  });

  it("have a singular for the path parameter", () => {
    const input = z.object({ personId: z.string() });

    expect(routeOf("folks.get", { customPlurals }, input)).toBe("GET /folks/:personId");
  });

  it("hold for their router alone", () => {
    routeOf("person.list", { customPlurals });

    expect(routeOf("person.list")).toBe("GET /people");
  });

  it.each([
    [{ staff: "" }, 'customPlurals must be one word for one word, not {"staff":""}'],
    [
      { "sales person": "folks" },
      'customPlurals must be one word for one word, not {"sales person":"folks"}',
    ],
    [{ staff: 7 as never }, 'customPlurals must be one word for one word, not {"staff":7}'],
    [null as never, "customPlurals must be an object, not null"],
  ])("refuse %j", (plurals, message) => {
    expect(() => new ModuleRouter(createTestHost(), { customPlurals: plurals })).toThrow(
      new ConfigurationError(message),
    );
  });
});

describe("a convention of the application's own", () => {
  const counting: Convention = (event) =>
    event.action === "count" ? { method: "GET", path: `/${event.things}/count` } : conventionalRoute(event);

  it("may add to the one that there is", () => {
    expect(routeOf("user.count", { convention: counting })).toBe("GET /users/count");
    expect(routeOf("user.create", { convention: counting })).toBe("POST /users");
  });

  it("gets the words of the name", () => {
    let seen: unknown;
    const convention: Convention = (event) => {
      seen = event;
      return { method: "GET", path: "/" };
    };
    routeOf("shop.orderItems.bulkCreate", { convention });

    expect(seen).toEqual({
      name: "shop.orderItems.bulkCreate",
      action: "bulk_create",
      thing: "order_item",
      things: "order_items",
      title: "Bulk Create Order Items",
    });
  });

  it("may leave the parameter's name to the input", () => {
    const convention: Convention = ({ things }) => ({ method: "GET", path: `/${things}/{id}/score` });

    expect(routeOf("user.score", { convention }, z.object({ userId: z.string() }))).toBe(
      "GET /users/:userId/score",
    );
  });

  it("comes after what the contract says", () => {
    const event = defineEvent("user.count", { http: { method: "PUT", path: "/counter" } });
    const app = Fastify();
    new ModuleRouter(createTestHost(), { convention: counting }).registerEvent(event).mount(app);

    expect(app.hasRoute({ method: "PUT", url: "/counter" })).toBe(true);
  });

  it.each([
    [undefined, 'the convention\'s route of "user.get" takes an object of options, not undefined'],
    [
      { path: "/" },
      'the convention\'s route of "user.get": method must be one of GET, POST, PUT, PATCH, DELETE',
    ],
    [{ method: "GET", path: "users" }, 'path must be a path that begins with "/", not "users"'],
    [
      { method: "GET", path: "/{name}" },
      '"user.get" has no input field "name", which the path /{name} names',
    ],
  ])("must give a route, not %j", (route, message) => {
    expect(() => routeOf("user.get", { convention: () => route as never })).toThrow(message);
  });

  it("must be a function", () => {
    expect(() => new ModuleRouter(createTestHost(), { convention: "rest" as never })).toThrow(
      'ModuleRouter: convention must be a function, not "rest"',
    );
  });
});

describe("the table in docs/http/routing.md", () => {
  const page = readFileSync(new URL("../../docs/http/routing.md", import.meta.url), "utf8");
  const rows = [...page.matchAll(/^\| (`.*`|any other) \| `(\w+ \/things.*)` \|$/gm)];
  const documented = rows.flatMap(([, actions = "", route = ""]) =>
    actions.split(", ").map((action) => {
      const name = action === "any other" ? "do_anything_else" : action.replaceAll("`", "");
      const verb = name.replaceAll("_", "-");
      return { name, route: route.replace("{action}", verb).replace("{thingId}", ":thingId") };
    }),
  );

  it.each(documented)("says truly that $name is $route", ({ name, route }) => {
    expect(routeOf(`thing.${name}`, {}, z.object({ thingId: z.string() }))).toBe(route);
  });

  it("has each listed action once, and where the others are", () => {
    const listed = CONVENTIONS.flatMap(({ actions }) => actions);

    expect(documented.map(({ name }) => name)).toEqual([...listed, "do_anything_else"]);
    expect(new Set(listed).size).toBe(listed.length);
  });
});

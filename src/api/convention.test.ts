import { describe, expect, it } from "vitest";
import { CONVENTIONS, conventionalRoute } from "./convention.ts";

const routeOf = (name: string) => {
  const { method, path } = conventionalRoute(name);
  return `${method} ${path}`;
};

describe("the convention", () => {
  it.each([
    ["user.create", "POST /users"],
    ["user.list", "GET /users"],
    ["user.get", "GET /users/{id}"],
    ["user.update", "PUT /users/{id}"],
    ["user.patch", "PATCH /users/{id}"],
    ["user.delete", "DELETE /users/{id}"],
    ["user.search", "POST /users/search"],
    ["user.query", "POST /users/query"],
    ["user.find", "GET /users/find"],
    ["user.bulk_create", "POST /users/bulk"],
    ["user.bulk_update", "PUT /users/bulk"],
    ["user.bulk_delete", "DELETE /users/bulk"],
    ["user.import", "POST /users/import"],
    ["user.export", "POST /users/export"],
    ["user.activate", "POST /users/{id}/activate"],
    ["user.cancel", "POST /users/{id}/cancel"],
    ["team.get_members", "GET /teams/{id}/get-members"],
    ["team.add_member", "POST /teams/{id}/add-member"],
    ["team.remove_member", "DELETE /teams/{id}/remove-member"],
    ["post.add_tags", "POST /posts/{id}/add-tags"],
    ["post.remove_tags", "DELETE /posts/{id}/remove-tags"],
    ["user.login", "POST /users/login"],
    ["user.reset_password", "POST /users/reset-password"],
    ["user.greet", "POST /users/greet"],
    ["shop.checkout.order.create", "POST /orders"],
    ["CreateUser", "POST /users"],
    ["CreateUserEvent", "POST /users"],
    ["ListUsers", "GET /users"],
    ["GetUser", "GET /users/{id}"],
    ["DeleteOrderItem", "DELETE /order-items/{id}"],
    ["BulkCreateUsers", "POST /users/bulk"],
    ["ActivateUser", "POST /users/{id}/activate"],
    ["SearchUsers", "POST /users/search"],
    ["ResetPassword", "POST /reset-password"],
    ["GreetPerson", "POST /people/greet"],
    ["category.list", "GET /categories"],
    ["users.list", "GET /users"],
    ["ping", "POST /ping"],
  ])("reads %s as %s", (name, route) => {
    expect(routeOf(name)).toBe(route);
  });

  it("knows each action once", () => {
    const actions = CONVENTIONS.flatMap((convention) => convention.actions);

    expect(new Set(actions).size).toBe(actions.length);
  });

  it("takes tags and summaries from the name", () => {
    expect(conventionalRoute("order_item.bulk_create")).toMatchObject({
      tag: "Order Items",
      summary: "Bulk Create Order Item",
    });
  });
});

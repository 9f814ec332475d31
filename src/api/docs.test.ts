import Fastify from "fastify";
import { ConfigurationError, defineEvent, defineModule } from "tsmodules";
import {
  addDocs,
  addHealthEndpoints,
  addMetricsEndpoint,
  type DocsOptions,
  ModuleRouter,
} from "tsmodules/api";
import { createTestHost } from "tsmodules/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";

class UpdateUser extends defineEvent("user.update", {
  description: "Changes a user",
  input: z.object({ userId: z.string(), name: z.string(), dryRun: z.boolean().optional() }),
  output: z.object({ name: z.string() }),
  errors: { NAME_TAKEN: z.object({ name: z.string() }) },
  http: { tags: ["People"], query: ["dryRun"], errorStatus: { NAME_TAKEN: 409 } },
}) {}
class DeleteUser extends defineEvent("user.delete", {
  input: z.object({ id: z.string() }),
  http: { deprecated: true },
}) {}

const users = defineModule({ name: "users" }, (module) => {
  module.handle(UpdateUser, ({ input }) => input);
  module.handle(DeleteUser, () => {});
});

describe("documentation", () => {
  const host = createTestHost().register(users);
  const app = Fastify();
  addDocs(app, { title: "People <3", version: "1.2.3" });
  new ModuleRouter(host).registerEvent(UpdateUser).registerEvent(DeleteUser).mount(app, { prefix: "/api" });

  it.each([
    [{ titel: "People" }, "addDocs: unknown option titel"],
    [{ title: "People" }, "addDocs: version must be a non-empty string, and is missing"],
    [undefined, "addDocs takes an object of options, not undefined"],
  ])("is not made of %j", (options, message) => {
    expect(() => addDocs(Fastify(), options as never)).toThrow(message);
  });

  it("describes the routes by the contracts, also those that were mounted after it", async () => {
    const document = (await app.inject("/openapi.json")).json();

    expect(document).toMatchObject({
      openapi: "3.1.1",
      info: { title: "People <3", version: "1.2.3" },
      paths: {
        "/api/users/{userId}": {
          put: {
            operationId: "user.update",
            summary: "Update User",
            description: "Changes a user",
            tags: ["People"],
            parameters: [
              { name: "userId", in: "path", required: true, schema: { type: "string" } },
              { name: "dryRun", in: "query", required: false, schema: { type: "boolean" } },
            ],
            requestBody: {
              required: true,
              content: { "application/json": { schema: { $ref: "#/components/schemas/UpdateUserInput" } } },
            },
            responses: {
              200: {
                content: {
                  "application/json": { schema: { $ref: "#/components/schemas/UpdateUserOutput" } },
                },
              },
              409: { description: "NAME_TAKEN" },
              422: {},
              default: {},
            },
          },
          delete: { deprecated: true, tags: ["Users"], responses: { 204: {} } },
        },
      },
      components: {
        schemas: {
          UpdateUserInput: { properties: { name: { type: "string" } }, required: ["name"] },
          UpdateUserOutput: { properties: { name: { type: "string" } }, required: ["name"] },
        },
      },
    });
  });

  it("leaves fields from elsewhere out of the body", async () => {
    const { components } = (await app.inject("/openapi.json")).json();

    expect(Object.keys(components.schemas.UpdateUserInput.properties)).toEqual(["name"]);
  });

  it.each(["/docs", "/docs/", "/docs?x=/"])("is served at %s with everything it needs", async (url) => {
    const page = await app.inject(url);
    const references = Array.from(page.body.matchAll(/(?:src|href)="([^"]+)"/g), ([, path = ""]) => path)
      .filter((path) => !path.startsWith("data:"))
      .map((path) => new URL(path, `http://people.example${url}`).href);

    expect(page.headers["content-type"]).toBe("text/html; charset=utf-8");
    expect(page.body).toContain("<title>People &#60;3</title>");
    expect(page.body).not.toMatch(/<script>|<style| on[a-z]+=/);
    expect(references).toEqual([
      "http://people.example/docs/swagger-ui.css",
      "http://people.example/docs/swagger-ui-bundle.js",
      "http://people.example/docs/init.js",
    ]);
    for (const path of references) expect((await app.inject(path)).statusCode).toBe(200);
  });

  it("is kept by browsers as long as the package stays the same", async () => {
    const asset = await app.inject("/docs/swagger-ui.css");
    const headers = { "if-none-match": String(asset.headers.etag) };
    const again = await app.inject({ url: "/docs/swagger-ui.css", headers });

    expect(asset.headers).toMatchObject({
      "content-type": "text/css; charset=utf-8",
      "cache-control": "public, max-age=86400",
    });
    expect(again).toMatchObject({ statusCode: 304, body: "" });
  });

  it.each<[object, string]>([
    [{ title: "Shop" }, "addDocs: version must be a non-empty string, and is missing"],
    [{ title: 1, version: "1" }, "addDocs: title must be a non-empty string, not 1"],
    [
      { title: "Shop", version: "1", servers: {} },
      "addDocs: servers must be a list of servers, not an object",
    ],
    [{ title: "Shop", version: "1", server: [] }, "addDocs: unknown option server; there are title, version"],
  ])("refuses %j", (options, message) => {
    const add = () => addDocs(Fastify(), options as DocsOptions);

    expect(add).toThrow(ConfigurationError);
    expect(add).toThrow(message);
  });

  it.each(["/docs/index.html", "/docs/../package.json", "/docs/%2e%2e/package.json", "/docs/constructor"])(
    "has nothing at %s",
    async (url) => {
      expect((await app.inject(url)).statusCode).toBe(404);
    },
  );

  it("stands behind a prefix, and where trailing slashes are ignored", async () => {
    const shop = Fastify({ routerOptions: { ignoreTrailingSlash: true } });
    shop.register(async (scope) => addDocs(scope, { title: "Shop", version: "1.0.0" }), { prefix: "/shop" });

    expect((await shop.inject("/shop/docs")).body).toContain('src="docs/init.js"');
    expect((await shop.inject("/shop/docs/")).body).toContain('src="./init.js"');
    for (const path of ["/shop/docs/init.js", "/shop/openapi.json"]) {
      expect((await shop.inject(path)).statusCode).toBe(200);
    }
  });

  it("puts the definitions of a schema where its references lead", async () => {
    const node = z.object({
      name: z.string(),
      get children() {
        return z.array(node);
      },
    });
    class GetTree extends defineEvent("tree.get", { input: z.object({ id: z.string() }), output: node }) {}
    const trees = Fastify();
    addDocs(trees, { title: "Trees", version: "1.0.0" });
    new ModuleRouter(createTestHost()).registerEvent(GetTree).mount(trees);

    const text = (await trees.inject("/openapi.json")).body;
    const document = JSON.parse(text);
    const references = Array.from(text.matchAll(/"\$ref":"#\/([^"]+)"/g), ([, path = ""]) => path.split("/"));

    expect(references.length).toBeGreaterThan(1);
    for (const keys of references) expect(keys.reduce((value, key) => value?.[key], document)).toBeDefined();
  });
});

describe("health and metrics", () => {
  it("tell what runs, and turn unhealthy as soon as the host closes", async () => {
    const host = createTestHost().register(users);
    const app = Fastify();
    addHealthEndpoints(app, host, { version: "1.0.0" });

    expect((await app.inject("/health")).json()).toMatchObject({
      status: "healthy",
      checks: { host: { status: "healthy" }, modules: { status: "healthy" } },
    });
    const closed = host.close();
    expect((await app.inject("/health/ready")).statusCode).toBe(503);
    expect((await app.inject("/health/live")).statusCode).toBe(200);
    await closed;
  });

  it("count as the host counts", async () => {
    const host = createTestHost({ enableMetrics: true }).register(users);
    const app = Fastify();
    addMetricsEndpoint(app, host);
    await host.send(new DeleteUser({ id: "1" }));

    expect((await app.inject("/metrics?format=json")).json()).toMatchObject({
      events: { eventsDispatched: 1, eventsHandled: 1 },
      modules: { count: 1, names: ["users"] },
    });
  });

  it("refuse a host that counts nothing", () => {
    expect(() => addMetricsEndpoint(Fastify(), createTestHost())).toThrow(ConfigurationError);
  });
});

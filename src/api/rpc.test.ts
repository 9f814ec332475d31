import Fastify, { type FastifyInstance } from "fastify";
import { defineEvent, defineModule } from "tsmodules";
import { addDocs, authPlugin, ModuleRouter, type MountOptions, registerErrorHandlers } from "tsmodules/api";
import { createClient } from "tsmodules/client";
import { createTestHost } from "tsmodules/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";

class Ping extends defineEvent("server.ping", { http: { public: true } }) {}
class SaveText extends defineEvent("text.save", {
  input: z.object({ id: z.string(), dryRun: z.boolean(), revision: z.int() }),
  output: z.object({ id: z.string(), dryRun: z.boolean(), revision: z.int() }),
  http: { method: "PUT", path: "/texts/{id}", query: ["dryRun"], headers: { revision: "If-Match" } },
}) {}

const server = defineModule({ name: "server" }, (module) => {
  module.handle(Ping, () => {});
  module.handle(SaveText, ({ input }) => input);
});

function createApp(options: MountOptions, addTo: (app: FastifyInstance) => void = () => {}) {
  const app = Fastify();
  addTo(app);
  const router = new ModuleRouter(createTestHost().register(server));
  router.registerEvent(Ping).registerEvent(SaveText).mount(app, options);
  return (url: string, body?: object) => app.inject({ method: "POST", url, ...(body && { body }) });
}

describe("a call by name", () => {
  it("is there only where it is asked for", async () => {
    const post = createApp({});

    expect((await post("/~/server.ping")).statusCode).toBe(404);
  });

  it("brings the whole input in the body, typed, wherever the route has its fields", async () => {
    const post = createApp({ rpc: true });
    const input = { id: "a", dryRun: true, revision: 7 };

    expect((await post("/~/text.save", input)).json()).toEqual(input);
    expect((await post("/~/text.save?dryRun=true", { id: "a", revision: 7 })).statusCode).toBe(422);
    expect((await post("/~/text.save", { ...input, revision: "7" })).statusCode).toBe(422);
  });

  it("fails with problem details, whatever the application makes of errors", async () => {
    const apps = [
      (app: FastifyInstance) => registerErrorHandlers(app, { mapError: () => ({ body: "oh no" }) }),
      (app: FastifyInstance) => void app.setErrorHandler((_error, _request, reply) => reply.send("oh no")),
    ];
    for (const addTo of apps) {
      const { headers, statusCode, body } = await createApp({ rpc: true }, addTo)("/~/text.save", {});

      expect(statusCode).toBe(422);
      expect(headers["content-type"]).toBe("application/problem+json");
      expect(JSON.parse(body)).toMatchObject({ status: 422, code: "EVENT_VALIDATION" });
    }
  });

  it("is as private as its event, and a refusal is problem details", async () => {
    const provider = { validateToken: () => undefined, createToken: () => "" };
    const post = createApp({ rpc: true }, (app) => void app.register(authPlugin, { provider }));
    const refused = await post("/~/text.save", {});

    expect((await post("/~/server.ping")).statusCode).toBe(204);
    expect(refused.json()).toMatchObject({ status: 401, code: "AUTHENTICATION" });
    expect(refused.headers["www-authenticate"]).toBe("Bearer");
  });

  it("is not documented", async () => {
    const app = Fastify();
    addDocs(app, { title: "Server", version: "1.0.0" });
    new ModuleRouter(createTestHost()).registerEvent(Ping).mount(app, { rpc: true });

    expect(Object.keys((await app.inject("/openapi.json")).json().paths)).toEqual(["/servers/ping"]);
  });

  it("has its prefix as it is written: a colon begins no parameter", async () => {
    const post = createApp({ prefix: "/api:v1", rpc: true });

    expect((await post("/api:v1/~/server.ping")).statusCode).toBe(204);
    expect((await post("/apis/~/server.ping")).statusCode).toBe(404);
  });

  it.each(["..", "a/b c", "größe"])("takes an event of any name, %s", async (name) => {
    class Odd extends defineEvent(name, { http: { path: "/odd" } }) {}
    const host = createTestHost().register(
      defineModule({ name: "odd" }, (module) => module.handle(Odd, () => {})),
    );
    const app = Fastify();
    new ModuleRouter(host).registerEvent(Odd).mount(app, { rpc: true });
    const client = createClient({ url: await app.listen({ port: 0, host: "127.0.0.1" }) });
    const event = await client.handle(new Odd());
    await app.close();

    expect(event.handled).toBe(true);
  });
});

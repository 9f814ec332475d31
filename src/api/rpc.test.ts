import Fastify from "fastify";
import { defineEvent, defineModule } from "tsmodules";
import { ModuleRouter } from "tsmodules/api";
import { createTestHost } from "tsmodules/testing";
import { expect, it } from "vitest";

class Ping extends defineEvent("server.ping") {}

const server = defineModule({ name: "server" }, (module) => {
  module.handle(Ping, () => {});
});

it("a colon in a prefix is a colon, for calls by name, too", async () => {
  const app = Fastify();
  new ModuleRouter(createTestHost().register(server))
    .registerEvent(Ping)
    .mount(app, { prefix: "/api:v1", rpc: true });
  const statusAt = async (url: string) => (await app.inject({ method: "POST", url })).statusCode;

  expect(await statusAt("/api:v1/~/server.ping")).toBe(204);
  expect(await statusAt("/apis/~/server.ping")).toBe(404);
});

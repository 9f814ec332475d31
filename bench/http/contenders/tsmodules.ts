import Fastify, { type FastifyInstance } from "fastify";
import { defineEvent, defineModule, ModuleHost, type ModuleHostOptions } from "tsmodules";
import { addTracing, ModuleRouter, registerErrorHandlers } from "tsmodules/api";
import { Tracer } from "tsmodules/tracing";
import { type Contender, rest } from "../contender.ts";
import { listenOn } from "../listen.ts";
import { createUser, getUser, idAsNumber, newUser, user, userSummary } from "../users.ts";

class CreateUser extends defineEvent("user.create", { input: newUser, output: user }) {}
class GetUser extends defineEvent("user.get", { input: idAsNumber, output: userSummary }) {}

const users = defineModule({ name: "users" }, (module) => {
  module.handle(CreateUser, ({ input }) => createUser(input));
  module.handle(GetUser, ({ input }) => getUser(input.id));
});

function applicationOf(options: ModuleHostOptions): FastifyInstance {
  const host = new ModuleHost({ logLevel: "silent", ...options }).register(users);
  const app = Fastify();
  registerErrorHandlers(app);
  if (options.enableTracing) addTracing(app);
  new ModuleRouter(host).registerEvent(CreateUser).registerEvent(GetUser).mount(app);
  return app;
}

export const contenders: Contender[] = [
  {
    name: "tsmodules",
    validates: "zod",
    wire: rest,
    listen: () => listenOn(applicationOf({})),
  },
  {
    name: "tsmodules, tracing and metrics",
    validates: "zod",
    wire: rest,
    listen() {
      const tracer = new Tracer({ serviceName: "bench" });
      const app = applicationOf({ enableMetrics: true, enableTracing: true, tracer });
      return listenOn(app);
    },
  },
];

import Fastify, { type FastifyInstance } from "fastify";
import { ModuleHost } from "tsmodules";
import {
  addDocs,
  addHealthEndpoints,
  addMetricsEndpoint,
  addTracing,
  ModuleRouter,
  problemDetails,
  registerErrorHandlers,
} from "tsmodules/api";
import { calculator, Divide } from "./calculator.ts";
import { Greet, greeter } from "./greeter.ts";

/** The modules of this application, in one process. */
export function createHost(): ModuleHost {
  return new ModuleHost({ enableMetrics: true }).register(greeter).register(calculator);
}

/** The same modules over HTTP. */
export function createApp(host: ModuleHost): FastifyInstance {
  const app = Fastify({ ...problemDetails });
  registerErrorHandlers(app);
  new ModuleRouter(host).registerEvent(Greet).registerEvent(Divide).mount(app);
  addHealthEndpoints(app, host, { version: "1.0.0" });
  addMetricsEndpoint(app, host, { version: "1.0.0" });
  addTracing(app);
  addDocs(app, { title: "TSModules quickstart", version: "1.0.0" });
  return app;
}

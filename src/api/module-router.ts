import type { FastifyInstance } from "fastify";
import { ConfigurationError } from "../core/errors.ts";
import type { AnyEventClass } from "../core/event.ts";
import type { ModuleHost } from "../host/module-host.ts";
import { type Endpoint, endpointOf, type HttpMethod } from "./endpoint.ts";
import { mountEndpoint } from "./mount.ts";
import { mountRpc } from "./rpc.ts";

/**
 * Serves events as routes, by convention from their names: `user.create` and `CreateUser` are POST /users. What the
 * contract says under `http` comes first.
 *
 * @example
 * new ModuleRouter(host).registerEvent(CreateUser).registerEvent(GetUser).mount(app, { prefix: "/api/v1" });
 */
export class ModuleRouter {
  readonly #host: ModuleHost;
  readonly #endpoints: Endpoint[] = [];

  constructor(host: ModuleHost) {
    this.#host = host;
  }

  /** @throws {ConfigurationError} if the event is not for HTTP. */
  registerEvent(event: AnyEventClass): this {
    this.#endpoints.push(endpointOf(event));
    return this;
  }

  /**
   * Adds the routes to `app`.
   *
   * @param options.prefix - Begins with a slash and ends without one.
   * @param options.rpc - Whether `tsmodules/client` may call the events: each is served a second time, at
   *   POST `{prefix}/~/{event name}`, with the same authentication and checks. @default false
   * @throws {ConfigurationError} if two events have one route; both are named.
   */
  mount(
    app: FastifyInstance,
    { prefix = "", rpc = false }: { readonly prefix?: string; readonly rpc?: boolean } = {},
  ): void {
    if (prefix !== "" && !/^\/.*[^/]$/.test(prefix)) {
      throw new ConfigurationError(
        `prefix must begin with a slash and end without one, not ${JSON.stringify(prefix)}`,
      );
    }
    for (const endpoint of this.#endpoints) {
      mountEndpoint(app, this.#host, endpoint, prefix);
      if (rpc) mountRpc(app, this.#host, endpoint.event, prefix);
    }
  }
}

/**
 * Serves one event at a path of its own.
 *
 * @throws {ConfigurationError} as `ModuleRouter` does.
 */
export function addEventEndpoint(
  app: FastifyInstance,
  host: ModuleHost,
  path: string,
  event: AnyEventClass,
  { method = "POST" }: { readonly method?: HttpMethod } = {},
): void {
  const { http } = event.contract;
  const options = typeof http === "object" ? http : {};
  mountEndpoint(app, host, endpointOf(event, { ...options, path, method }));
}

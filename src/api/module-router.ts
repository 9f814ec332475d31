import type { FastifyInstance } from "fastify";
import { anything, boolean, callable, checkOptions } from "../core/check-options.ts";
import type { Contract, HttpOptions } from "../core/contract.ts";
import { ConfigurationError } from "../core/errors.ts";
import type { AnyEventClass } from "../core/event.ts";
import type { ModuleHost } from "../host/module-host.ts";
import type { RegistrableModule } from "../host/mounted-module.ts";
import { type Convention, conventionalRoute } from "./convention.ts";
import { discoverEvents } from "./discover-events.ts";
import { type Endpoint, endpointOf } from "./endpoint.ts";
import { refuseNoEventClass } from "./event-class.ts";
import { exposureOf, httpOptionsOf } from "./exposure.ts";
import { inflectionWith } from "./inflection.ts";
import { mountEndpoint } from "./mount.ts";
import type { Naming } from "./naming.ts";
import { aPrefix } from "./route-path.ts";
import { mountRpc } from "./rpc.ts";

/** How a router finds routes. */
export interface ModuleRouterOptions {
  /** Plurals that English does not have, by their singular: `{ staff: "staff" }`. They hold for this router alone. */
  readonly customPlurals?: Readonly<Record<string, string>>;
  /** Finds an event's route by its name. @default conventionalRoute */
  readonly convention?: Convention;
}

/** How a router's routes are added to an application. */
export interface MountOptions {
  /** What stands in front of each path: begins with a slash and ends without one. @default "" */
  readonly prefix?: string;
  /**
   * Whether `tsmodules/client` may call the events: each is served a second time, at POST `{prefix}/~/{event name}`,
   * with the same authentication and checks. @default false
   */
  readonly rpc?: boolean;
}

/** Fastify's mark of a plugin that adds to the application itself, so that all of its hooks count for the routes. */
const NO_SCOPE = Symbol.for("skip-override");

/**
 * Serves events as routes, by convention from their names: `user.create` and `CreateUser` are POST /users. What the
 * contract says under `http` comes first.
 *
 * @example
 * new ModuleRouter(host)
 *   .registerModule(users)
 *   .registerEvent(Greet)
 *   .discoverEvents(new URL("./events/", import.meta.url))
 *   .mount(app, { prefix: "/api/v1" });
 */
export class ModuleRouter {
  readonly #host: ModuleHost;
  readonly #naming: Naming;
  readonly #endpoints: Endpoint[] = [];
  readonly #directories: URL[] = [];

  /** @throws {ConfigurationError} naming the option that is unknown or wrong. */
  constructor(host: ModuleHost, options: ModuleRouterOptions = {}) {
    checkOptions(options, { customPlurals: anything, convention: callable }, "ModuleRouter");
    const { customPlurals, convention = conventionalRoute } = options;
    this.#host = host;
    this.#naming = { convention, inflection: inflectionWith(customPlurals) };
  }

  /**
   * Adds an event. Adding it again changes nothing.
   *
   * @throws {ConfigurationError} if the event is not for HTTP, or what it says about HTTP is wrong.
   */
  registerEvent(event: AnyEventClass): this {
    refuseNoEventClass(event, "registerEvent");
    const endpoint = endpointOf(event, httpOptionsOf(event), this.#naming);
    if (!this.#endpoints.some((known) => isSame(known, endpoint))) this.#endpoints.push(endpoint);
    return this;
  }

  /**
   * Adds the events which a module handles by their classes and which say `http`, so that no internal command becomes
   * public by accident.
   *
   * @throws {ConfigurationError} if the module is not registered in the host, or as `registerEvent` does.
   */
  registerModule(module: RegistrableModule): this {
    for (const event of eventsHandledBy(module, this.#host)) this.#registerIfExposed(event);
    return this;
  }

  /**
   * Adds the event classes which say `http` and which the files in `directory` export, subdirectories included;
   * declarations and tests are left alone. `app.ready()` imports them, and rejects with a ConfigurationError what is
   * wrong with them.
   *
   * @throws {ConfigurationError} if `directory` is no `file:` URL.
   */
  discoverEvents(directory: URL): this {
    if (!(directory instanceof URL) || directory.protocol !== "file:") {
      throw new ConfigurationError(
        `discoverEvents takes a file: URL, as new URL("./events/", import.meta.url) is one, not ${JSON.stringify(directory)}`,
      );
    }
    this.#directories.push(directory);
    return this;
  }

  /**
   * Adds the routes to `app`; what the router is given later, or discovers, is added by `app.ready()`.
   *
   * @throws {ConfigurationError} if two events have one route; both are named.
   */
  mount(app: FastifyInstance, options: MountOptions = {}): void {
    checkOptions(options, { prefix: aPrefix, rpc: boolean }, "mount");
    const mountNew = mounter(app, this.#host, options);
    mountNew(this.#endpoints);
    const mountDiscovered = async () => {
      for (const directory of this.#directories)
        for (const event of await discoverEvents(directory)) this.#registerIfExposed(event);
      mountNew(this.#endpoints);
    };
    app.register(Object.assign(mountDiscovered, { [NO_SCOPE]: true }));
  }

  #registerIfExposed(event: AnyEventClass): void {
    const exposure = exposureOf(event);
    if (exposure !== undefined && exposure !== false) this.registerEvent(event);
  }
}

/**
 * Serves one event at a path of its own; its other options come before those of the event.
 *
 * @param options.method - What the event says, else POST.
 * @throws {ConfigurationError} as `ModuleRouter` does.
 */
export function addEventEndpoint(
  app: FastifyInstance,
  host: ModuleHost,
  path: string,
  event: AnyEventClass,
  options: Omit<HttpOptions, "path"> = {},
): void {
  refuseNoEventClass(event, "addEventEndpoint");
  mountEndpoint(app, host, endpointOf(event, { method: "POST", ...httpOptionsOf(event), ...options, path }));
}

/** Makes the function that adds endpoints to `app`, each once. */
function mounter(app: FastifyInstance, host: ModuleHost, { prefix = "", rpc = false }: MountOptions) {
  const mounted = new Set<Endpoint>();
  const called = new Set<Contract>();
  return (endpoints: readonly Endpoint[]): void => {
    for (const endpoint of endpoints.filter((each) => !mounted.has(each))) {
      const { contract, event } = endpoint;
      mountEndpoint(app, host, endpoint, prefix);
      mounted.add(endpoint);
      // Classes may share a contract, and are then called by one name.
      if (rpc && !called.has(contract)) mountRpc(app, host, event, prefix);
      called.add(contract);
    }
  };
}

/** Classes of one contract that are found in one place are one endpoint: handlers are found by the contract. */
function isSame(a: Endpoint, b: Endpoint): boolean {
  return a.contract === b.contract && a.method === b.method && a.path === b.path;
}

function eventsHandledBy(module: RegistrableModule, host: ModuleHost): readonly AnyEventClass[] {
  const name = module?.metadata?.name;
  if (name === undefined) {
    throw new ConfigurationError(
      "registerModule takes what defineModule returns, or an instance of a Module class, and the host has to have it",
    );
  }
  const events = host.eventsOf(module);
  if (events === undefined) {
    const namesake = host.modules.some(({ metadata }) => metadata.name === name);
    throw new ConfigurationError(
      `module "${name}" is not registered in the router's host${namesake ? ", which has another module of that name" : ": call host.register first"}`,
    );
  }
  if (events.length === 0 && "canHandle" in module) {
    throw new ConfigurationError(
      `module "${name}" decides by canHandle, so that its events are not known; add them by registerEvent`,
    );
  }
  return events;
}

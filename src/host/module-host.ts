/// <reference lib="esnext.disposable" preserve="true" />
import { systemClock } from "../core/clock.ts";
import type { DispatchOptions, Host, LoadContext, Middleware, PublishReport } from "../core/context.ts";
import { ConfigurationError, HostClosedError, ModuleRegistrationError, messageOf } from "../core/errors.ts";
import { type AnyEvent, type AnyEventClass, contractOf, type TypedEvent } from "../core/event.ts";
import type { Logger } from "../core/logger.ts";
import { type AnyModule, Module } from "../core/module.ts";
import { Scope } from "../core/scope.ts";
import type { DeadLetterQueue } from "../resilience/dead-letter-queue.ts";
import { getTracer } from "../tracing/tracer.ts";
import { BoundHost } from "./bound-host.ts";
import { type CatalogueEntry, catalogueOf } from "./catalogue.ts";
import { conditionOf, type HostCondition } from "./condition.ts";
import { reportLost, storeAll, storeSoon } from "./dead-letters.ts";
import type { Origin } from "./dispatch.ts";
import { Dispatcher } from "./dispatcher.ts";
import { hooksObserver } from "./hooks.ts";
import { Loading } from "./loading.ts";
import { hostLogger } from "./logging.ts";
import { Metrics } from "./metrics.ts";
import { type ModuleSurroundings, MountedModule, type RegistrableModule } from "./mounted-module.ts";
import { observerOf } from "./observer.ts";
import { checkHostOptions, type ModuleHostOptions } from "./options.ts";
import { policySet } from "./policy-set.ts";
import { Registry } from "./registry.ts";
import { Workers } from "./workers.ts";

/**
 * Runs modules in one process: registers them, dispatches events to them, and ends them in order.
 *
 * @example
 * const host = new ModuleHost().register(greeter);
 * const { message } = await host.send(new Greet({ name: "Alice" }));
 * await host.close();
 */
export class ModuleHost implements Host {
  /** The options in force, defaults included. */
  readonly config: Readonly<ModuleHostOptions>;
  /** What was counted; undefined unless `enableMetrics`. */
  readonly metrics: Metrics | undefined;
  readonly #registry = new Registry();
  readonly #dispatcher: Dispatcher;
  readonly #workers: Workers;
  readonly #surroundings: ModuleSurroundings;
  readonly #logger: Logger;
  readonly #startedAt: number;
  readonly #loading = new Loading();
  #registered = 0;
  #closing: Promise<void> | undefined = undefined;

  /** @throws {ConfigurationError} naming every option that is wrong. */
  constructor(options: ModuleHostOptions = {}) {
    checkHostOptions(options);
    const {
      clock = systemClock,
      enableMetrics = false,
      enableTracing = options.tracer !== undefined,
      maxWorkers = 4,
      middleware = [],
      propagateExceptions = true,
      validateOutput = false,
    } = options;
    this.#logger = hostLogger(options.logger, options.logLevel);
    const surroundings = { clock, logger: this.#logger, deadLetterQueues: new Set<DeadLetterQueue>() };
    const policies = policySet(options, surroundings);
    const { rateLimiter, idempotency, fallback, deadLetterQueue, retryPolicy } = policies;
    const inForce = Object.entries({ rateLimiter, idempotency, fallback, deadLetterQueue, retryPolicy });
    this.config = Object.freeze({
      ...options,
      // What was made of options, so that one can look into it.
      ...Object.fromEntries(inForce.filter(([, policy]) => policy !== undefined)),
      clock,
      enableMetrics,
      enableTracing,
      logger: this.#logger,
      maxWorkers,
      middleware,
      propagateExceptions,
      validateOutput,
    });
    this.metrics = enableMetrics ? new Metrics(() => this.#registry.size) : undefined;
    this.#workers = new Workers(maxWorkers);
    this.#surroundings = { ...surroundings, policies, workers: this.#workers };
    this.#startedAt = clock.now();
    const observers = [this.metrics, hooksObserver(options, this.#logger)];
    this.#dispatcher = new Dispatcher(this.#registry, this.#loading, {
      clock,
      logger: this.#logger,
      middleware,
      observer: observerOf(observers.filter((observer) => observer !== undefined)),
      propagateExceptions,
      policies,
      tracer: enableTracing ? (options.tracer ?? getTracer()) : undefined,
      validateOutput,
    });
  }

  /** The modules in the order of their registration. */
  get modules(): readonly AnyModule[] {
    return this.#registry.modules.map(({ module }) => module);
  }

  /** The catalogue of what is handled and subscribed to here. */
  get events(): readonly CatalogueEntry[] {
    return catalogueOf(this.#registry);
  }

  /**
   * The classes of the events that a module handles, as they were attached; what a module decides by `canHandle` is not
   * among them. Undefined if the module is not registered here.
   */
  eventsOf(source: RegistrableModule): readonly AnyEventClass[] | undefined {
    const mounted = this.#registry.find(source.metadata.name);
    return mounted?.source === source ? mounted.events : undefined;
  }

  /** The events that are being handled now, oldest first, by their ids. */
  get eventsInProgress(): ReadonlyMap<string, AnyEvent> {
    return this.#dispatcher.inFlight.byEventId();
  }

  /** Whether `close` has begun: nothing new is taken any more. */
  get closing(): boolean {
    return this.#closing !== undefined;
  }

  /** How the host is, for health checks. */
  get condition(): HostCondition {
    return conditionOf(this.closing, this.#loading, this.#registry, this.#surroundings.policies);
  }

  get uptimeSeconds(): number {
    return (this.#dispatcher.clock.now() - this.#startedAt) / 1_000;
  }

  /**
   * Adds a module behind those that are there. Where its `onLoad` is asynchronous, `ready` tells how it ended, and
   * dispatches wait for it.
   *
   * @throws {ModuleRegistrationError} if its name is taken or its setup or `onLoad` fails; the module is then out again.
   * @throws {ConfigurationError} if its policies are wrong or one of its events has the name of another one.
   */
  register(source: RegistrableModule): this {
    this.#refuseUnregistrable(source);
    const mounted = this.#mount(source);
    this.#registry.add(mounted);
    this.#dispatcher.forgetWays();
    mounted.bind(this);
    const context = this.#loadContext(mounted);
    this.#loading.add(
      mounted.metadata.name,
      () => mounted.load(context),
      (error) => this.#rollBack(mounted, error),
    );
    return this;
  }

  /**
   * Takes a module out: it gets no more events at once, ends those that it has, and unloads.
   *
   * @returns whether it was registered here.
   */
  async unregister(source: RegistrableModule): Promise<boolean> {
    const mounted = this.#registry.find(source.metadata.name);
    if (mounted?.source !== source) return false;
    this.#remove(mounted);
    await this.#loading.pending; // It may be in line there, and unloads only after it has loaded.
    const published = new Set(mounted.subscribers.map(({ contract }) => contract));
    await this.#dispatcher.inFlight.drained(
      ({ binding, event }) => binding?.module === mounted.module || published.has(contractOf(event)),
    );
    const unstored = await storeSoon([...mounted.deadLetterQueues], this.#dispatcher.clock);
    // From now on they are the host's, until it closes.
    for (const queue of unstored) this.#surroundings.deadLetterQueues.add(queue);
    await this.#unload(mounted);
    return true;
  }

  /**
   * Resolves once every module has loaded.
   *
   * @throws {ModuleRegistrationError} of the first module that failed to load and was not registered again since.
   */
  ready(): Promise<void> {
    return this.#loading.ready();
  }

  /** Adds a middleware inside those that are there. */
  use(middleware: Middleware): this {
    this.#dispatcher.use(middleware);
    return this;
  }

  handle<Ev extends AnyEvent>(event: Ev, options?: DispatchOptions): Promise<Ev> {
    return this.#dispatcher.handle(event, options);
  }

  send<Ev extends TypedEvent>(event: Ev, options?: DispatchOptions): Promise<Ev["~output"]> {
    return this.#dispatcher.send(event, options);
  }

  handleSync<Ev extends AnyEvent>(event: Ev, options?: DispatchOptions): Ev {
    return this.#dispatcher.handleSync(event, options);
  }

  publish(event: AnyEvent, options?: DispatchOptions): Promise<PublishReport> {
    return this.#dispatcher.publish(event, options);
  }

  canHandle(event: AnyEvent): boolean {
    return this.#dispatcher.canHandle(event);
  }

  /**
   * Takes no more events, waits for those in progress and for dead letters on their way to a store, then unloads the
   * modules in reverse order. Events that still run after `timeoutMs` have their signals aborted. Closing twice is
   * closing once.
   *
   * @param options.timeoutMs - How long events in progress may take, in ms. @default 10_000
   */
  close({ timeoutMs = 10_000 }: { readonly timeoutMs?: number } = {}): Promise<void> {
    this.#closing ??= this.#close(timeoutMs);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #refuseUnregistrable(source: RegistrableModule): void {
    if (typeof source === "function" || source?.metadata === undefined) {
      throw new ConfigurationError(
        `register takes what defineModule returns, or an instance of a Module class, not ${describeNoModule(source)}`,
      );
    }
    const { name } = source.metadata;
    if (typeof name !== "string" || name === "") {
      throw new ConfigurationError(`a module's name must be a non-empty string, not ${JSON.stringify(name)}`);
    }
    if (this.#closing !== undefined) throw new ModuleRegistrationError(name, "the host is closed");
    if (this.#registry.find(name) !== undefined) throw new ModuleRegistrationError(name, "its name is taken");
    if ("host" in source && source.host !== undefined) {
      throw new ModuleRegistrationError(name, "this instance is registered in a host already");
    }
  }

  #mount(source: RegistrableModule): MountedModule {
    const { name } = source.metadata;
    try {
      return new MountedModule(source, this.#registered++, this.#surroundings);
    } catch (error) {
      if (error instanceof ConfigurationError) throw error;
      throw new ModuleRegistrationError(name, `its setup failed: ${messageOf(error)}`, error);
    }
  }

  #loadContext(mounted: MountedModule): LoadContext {
    const log = this.#logger.child({ module: mounted.metadata.name });
    const scope = new Scope();
    const origin: Origin = {
      event: undefined,
      currentScope: undefined,
      scopeOf: () => scope,
      noteFailure: () => {}, // Loading is not tried again.
    };
    return { host: new BoundHost(this.#dispatcher, origin), log };
  }

  #rollBack(mounted: MountedModule, error: unknown): ModuleRegistrationError | undefined {
    // Unregistered meanwhile: its failure is nobody's, least of all that of a successor with its name.
    if (this.#registry.find(mounted.metadata.name) !== mounted) return undefined;
    this.#remove(mounted);
    mounted.bind(undefined);
    return new ModuleRegistrationError(
      mounted.metadata.name,
      `it failed to load: ${messageOf(error)}`,
      error,
    );
  }

  #remove(mounted: MountedModule): void {
    this.#registry.remove(mounted);
    this.#dispatcher.forgetWays();
  }

  get #deadLetterQueues(): readonly DeadLetterQueue[] {
    const levels = [this.#surroundings, ...this.#registry.modules];
    return [...new Set(levels.flatMap(({ deadLetterQueues }) => [...deadLetterQueues]))];
  }

  async #unload(mounted: MountedModule): Promise<void> {
    await mounted.unload((err) =>
      this.#logger.error(
        { err, module: mounted.metadata.name },
        `module "${mounted.metadata.name}" failed to unload`,
      ),
    );
    mounted.bind(undefined);
  }

  async #close(timeoutMs: number): Promise<void> {
    this.#dispatcher.beginClosing();
    await this.#drain(timeoutMs);
    this.#dispatcher.endClosing();
    reportLost(this.#deadLetterQueues, this.#logger);
    for (const mounted of this.#registry.modules.toReversed()) {
      await this.#unload(mounted);
      this.#remove(mounted);
    }
    await this.#workers.close();
  }

  async #drain(timeoutMs: number): Promise<void> {
    const { clock, inFlight } = this.#dispatcher;
    const tooLate = new AbortController();
    const drained = Promise.all([this.#loading.pending, inFlight.drained(() => true)])
      // Before modules are unloaded, one of which may be where letters are stored.
      .then(() => storeAll(this.#deadLetterQueues, clock, tooLate.signal))
      .then(() => true);
    let cancel = () => {};
    const late = new Promise<false>((resolve) => {
      cancel = clock.schedule(timeoutMs, () => resolve(false));
    });
    const inTime = await Promise.race([drained, late]);
    cancel();
    tooLate.abort();
    if (inTime) return;
    for (const dispatch of [...inFlight]) dispatch.scopeOf().abort(new HostClosedError(dispatch.event));
    // Those who listen to their signal end before their modules are unloaded under them.
    await new Promise((resolve) => setTimeout(resolve));
  }
}

function describeNoModule(source: unknown): string {
  if (typeof source !== "function") return source === null ? "null" : typeof source;
  return source.prototype instanceof Module
    ? `the class ${source.name} itself: write new ${source.name}()`
    : "a function: call it, if it makes a module";
}

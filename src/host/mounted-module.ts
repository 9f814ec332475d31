import type { HandlerContext, Host, LoadContext } from "../core/context.ts";
import { ConfigurationError } from "../core/errors.ts";
import type { AnyEvent, AnyEventClass, EventConstructor } from "../core/event.ts";
import {
  type AnyModule,
  Module,
  type ModuleBuilder,
  type ModuleDefinition,
  type ModuleMetadata,
  type OpenModule,
} from "../core/module.ts";
import { chain } from "../core/pipeline.ts";
import type { Policies } from "../core/policies.ts";
import { SKIP } from "../core/skip.ts";
import type { CircuitBreaker } from "../resilience/circuit-breaker.ts";
import type { DeadLetterQueue } from "../resilience/dead-letter-queue.ts";
import type { Binding } from "./binding.ts";
import { checkPolicies } from "./options.ts";
import { breakerFrom, type PolicySet, type PolicySurroundings, policySet } from "./policy-set.ts";
import type { Workers } from "./workers.ts";

/** What may be registered. */
export type RegistrableModule = ModuleDefinition | (Module & OpenModule);

type Handler = (event: never, context: HandlerContext<never>) => unknown;

/** What the host of a module has for it. */
export interface ModuleSurroundings extends PolicySurroundings {
  readonly workers: Workers;
  /** The host's own, from which a module without one makes its breaker. */
  readonly policies: PolicySet;
}

/** A module in a host: what its setup attached, and its life. Both forms of modules are this to the host. */
export class MountedModule implements ModuleBuilder {
  readonly source: RegistrableModule;
  readonly metadata: ModuleMetadata;
  readonly handlers: Binding[] = [];
  /** The classes that its handlers were attached by. */
  readonly events: AnyEventClass[] = [];
  readonly subscribers: Binding[] = [];
  /** Those that it and its handlers have for themselves. */
  readonly deadLetterQueues = new Set<DeadLetterQueue>();
  host: Host | undefined = undefined;
  readonly #order: number;
  readonly #surroundings: ModuleSurroundings;
  readonly #policies: PolicySet;
  readonly #circuitBreaker: CircuitBreaker | undefined;
  readonly #circuitBreakers = new Map<string, CircuitBreaker>();
  readonly #loadHooks: ((context: LoadContext) => unknown)[] = [];
  readonly #unloadHooks: (() => unknown)[] = [];
  #sealed = false;

  /** @throws {ConfigurationError} if the module's policies, or what its setup attaches, are wrong. */
  constructor(source: RegistrableModule, order: number, surroundings: ModuleSurroundings) {
    this.source = source;
    this.metadata = source.metadata;
    this.#order = order;
    this.#surroundings = { ...surroundings, deadLetterQueues: this.deadLetterQueues };
    const policies = source instanceof Module ? {} : source.policies;
    checkPolicies(policies, `module "${this.metadata.name}"`);
    this.#policies = policySet(policies, this.#surroundings);
    const breaker = this.#policies.circuitBreaker ?? surroundings.policies.circuitBreaker;
    this.#circuitBreaker = breakerFrom(breaker, surroundings) || undefined;
    if (this.#circuitBreaker) this.#circuitBreakers.set(this.metadata.name, this.#circuitBreaker);
    const returned: unknown = source.setup?.(this);
    if (returned instanceof Promise) {
      returned.catch(() => {});
      throw new ConfigurationError("its setup is asynchronous; do what has to wait in onLoad");
    }
    if (source instanceof Module) this.#attachOpenForm(source);
    this.#sealed = true;
  }

  /** What errors and reports name: the instance that the application registered, or what stands for its definition. */
  get module(): AnyModule {
    return this.source instanceof Module ? this.source : this;
  }

  handle(event: EventConstructor, handler: Handler, policies: Policies = {}): void {
    this.handlers.push(this.#bind(event, handler, policies));
    this.events.push(event as AnyEventClass);
  }

  handleInWorker(event: EventConstructor, worker: URL, policies: Policies = {}): void {
    const run: Handler = ({ input }: AnyEvent, { signal }) =>
      this.#surroundings.workers.run(worker, input, signal);
    this.handle(event, run, policies);
  }

  subscribe(event: EventConstructor, handler: Handler, policies: Policies = {}): void {
    this.subscribers.push(this.#bind(event, handler, policies));
  }

  onLoad(hook: (context: LoadContext) => unknown): void {
    this.#loadHooks.push(hook);
  }

  onUnload(hook: () => unknown): void {
    this.#unloadHooks.push(hook);
  }

  /** Its breakers by what they protect: the module, or one of its handlers. */
  get circuitBreakers(): ReadonlyMap<string, CircuitBreaker> {
    return this.#circuitBreakers;
  }

  /** Binds the module to `host`; undefined lets it go. */
  bind(host: Host | undefined): void {
    this.host = host;
    if (this.source instanceof Module) this.source.host = host;
  }

  /** Runs the load hooks one after the other. */
  load(context: LoadContext): unknown {
    return inTurn(this.#loadHooks, (hook) => hook(context));
  }

  /** Runs the unload hooks one after the other, last attached first; each of them, also when another one failed. */
  async unload(failed: (error: unknown) => void): Promise<void> {
    for (const hook of this.#unloadHooks.toReversed()) {
      try {
        await hook();
      } catch (error) {
        failed(error);
      }
    }
  }

  #attachOpenForm(source: Module & OpenModule): void {
    this.#loadHooks.unshift((context) => source.onLoad(context));
    this.#unloadHooks.unshift(() => source.onUnload());
    const { canHandle, handle } = source;
    if ((canHandle === undefined) !== (handle === undefined)) {
      throw new ConfigurationError("canHandle and handle go together");
    }
    if (canHandle === undefined || handle === undefined) return;
    this.handlers.push({
      module: source,
      contract: undefined,
      order: this.#order,
      policies: policySet({}, this.#surroundings),
      modulePolicies: this.#policies,
      circuitBreaker: this.#circuitBreaker,
      accepts: (event) => source.canHandle?.(event) === true,
      invoke: (event, context) =>
        chain(source.handle?.(event, context), () => (event.handled ? event.output : SKIP)),
    });
  }

  #bind(event: EventConstructor, handler: Handler, policies: Policies): Binding {
    const contract = (event as Partial<AnyEventClass> | undefined)?.contract;
    const owner = `module "${this.metadata.name}"`;
    if (this.#sealed) throw new ConfigurationError(`${owner} attached a handler after its setup had ended`);
    if (contract === undefined) {
      throw new ConfigurationError(`${owner} attached a handler to something that defineEvent did not make`);
    }
    if (typeof handler !== "function") {
      throw new ConfigurationError(
        `${owner}: the handler of "${contract.name}" must be a function, not ${typeof handler}`,
      );
    }
    checkPolicies(policies, `${owner}, handler of "${contract.name}"`);
    const own = policySet(policies, this.#surroundings);
    const breaker = breakerFrom(own.circuitBreaker, this.#surroundings);
    if (breaker) this.#circuitBreakers.set(`${this.metadata.name}: ${contract.name}`, breaker);
    return {
      module: this.module,
      contract,
      order: this.#order,
      policies: own,
      modulePolicies: this.#policies,
      circuitBreaker: breaker === undefined ? this.#circuitBreaker : breaker || undefined,
      accepts: undefined,
      invoke: handler as Binding["invoke"],
    };
  }
}

/** Takes the items one after the other, waiting only where it has to. */
function inTurn<T>(items: readonly T[], take: (item: T) => unknown, start = 0): unknown {
  for (let index = start; index < items.length; index++) {
    const taken = take(items[index] as T);
    if (taken instanceof Promise) return taken.then(() => inTurn(items, take, index + 1));
  }
  return undefined;
}

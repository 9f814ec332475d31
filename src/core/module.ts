import type { HandlerContext, Host, LoadContext } from "./context.ts";
import type { AnyEvent, EventConstructor, TypedEvent } from "./event.ts";
import type { Policies } from "./policies.ts";

/** What a module says of itself. Names are unique in a host. */
export interface ModuleMetadata {
  readonly name: string;
  readonly version?: string;
  readonly description?: string;
}

/** A module as a host sees it, whichever form it has. */
export interface AnyModule {
  readonly metadata: ModuleMetadata;
  /** The host, from registration until the module is taken out again. */
  readonly host: Host | undefined;
}

/**
 * A function that answers events `Ev`. A conditional type on purpose: only then does the compiler know the answer's
 * type before it looks at the function's body, so that `return { status: "open" }` is no plain string.
 */
export type Handler<Ev extends TypedEvent> = Ev extends unknown
  ? (event: Ev, context: HandlerContext<Ev["~errors"]>) => Ev["~answer"]
  : never;

/** A function that takes published events `Ev`. */
export type Subscriber<Ev extends TypedEvent> = Ev extends unknown
  ? (event: Ev, context: HandlerContext<Ev["~errors"]>) => unknown
  : never;

/** Attaches a module's handlers to events; the argument of `defineModule`'s setup function. */
export interface ModuleBuilder extends AnyModule {
  /** Answers `event` with what `handler` returns. */
  handle<Ev extends TypedEvent>(event: EventConstructor<Ev>, handler: Handler<Ev>, policies?: Policies): void;
  /**
   * Answers `event` with what the default export of the module at `worker` returns for its input, in a worker thread.
   * Needs the optional package `piscina`.
   */
  handleInWorker(event: EventConstructor<TypedEvent>, worker: URL, policies?: Policies): void;
  /** Calls `subscriber` for each `event` that is published. */
  subscribe<Ev extends TypedEvent>(
    event: EventConstructor<Ev>,
    subscriber: Subscriber<Ev>,
    policies?: Policies,
  ): void;
  /** Runs once the module is registered; a failure takes the module out again. */
  onLoad(hook: (context: LoadContext) => void | Promise<void>): void;
  /** Runs when the module is taken out, or its host closes. */
  onUnload(hook: () => void | Promise<void>): void;
}

/** A module that may be registered in any number of hosts: `setup` runs at each registration. */
export interface ModuleDefinition {
  readonly metadata: ModuleMetadata;
  readonly policies: Policies;
  readonly setup: (module: ModuleBuilder) => void;
}

/**
 * Defines a module by its handlers.
 *
 * @example
 * const greeter = defineModule({ name: "greeter" }, (module) => {
 *   module.handle(Greet, ({ input }) => ({ message: `Hello, ${input.name}!` }));
 * });
 */
export function defineModule(
  { policies = {}, ...metadata }: ModuleMetadata & { readonly policies?: Policies },
  setup: (module: ModuleBuilder) => void,
): ModuleDefinition {
  return Object.freeze({ metadata: Object.freeze(metadata), policies, setup });
}

/**
 * The open form of a module: it is asked for each event whether it can handle it. An instance belongs to one host.
 *
 * @example
 * class Greeter extends Module {
 *   static override readonly metadata = { name: "Greeter" };
 *   canHandle(event: AnyEvent) { return event instanceof Greet; }
 *   handle(event: AnyEvent) {
 *     if (!(event instanceof Greet)) return;
 *     event.output = { message: `Hello, ${event.input.name}!` };
 *     event.handled = true;
 *   }
 * }
 */
export abstract class Module implements AnyModule {
  /** Who the module is. @default the class's name */
  static readonly metadata: ModuleMetadata | undefined = undefined;

  host: Host | undefined = undefined;

  get metadata(): ModuleMetadata {
    return (this.constructor as typeof Module).metadata ?? { name: this.constructor.name };
  }

  /** Runs once the module is registered; a failure takes the module out again. */
  onLoad(_context: LoadContext): void | Promise<void> {}

  /** Runs when the module is taken out, or its host closes. */
  onUnload(): void | Promise<void> {}
}

/**
 * What a `Module` may have besides; each is optional, so `Module` itself declares none of them and no implementation
 * is an override.
 */
export interface OpenModule {
  /** Whether `handle` wants this event. */
  canHandle?(event: AnyEvent): boolean;
  /** Handles the event by setting `event.output` and `event.handled`; leaving `handled` false declines. */
  handle?(event: AnyEvent, context: HandlerContext): unknown;
  /** Attaches handlers as `defineModule` does, beside or instead of `canHandle` and `handle`. */
  setup?(module: ModuleBuilder): void;
}

/** Standard class decorator that sets a module class's metadata, for those who compile. */
export function module(metadata: ModuleMetadata) {
  return (target: typeof Module | (new (...args: never[]) => Module), _context?: unknown): void => {
    Object.defineProperty(target, "metadata", { value: Object.freeze({ ...metadata }), configurable: true });
  };
}

import type { DeclaredError } from "./errors.ts";
import type { AnyEvent, Principal, TypedEvent } from "./event.ts";
import type { ErrorData } from "./infer.ts";
import type { Logger } from "./logger.ts";
import type { AnyModule } from "./module.ts";
import type { TraceHandle } from "./trace-context.ts";

/** What one dispatch may be told. */
export interface DispatchOptions {
  /**
   * Aborts the dispatch, which then rejects with the signal's reason. A function is asked for the signal once somebody
   * listens to it: a handler, a policy that waits. Until then nothing is made, and the dispatch goes on to its end.
   */
  readonly signal?: AbortSignal | (() => AbortSignal);
  /** Time limit of the whole dispatch, waits included, in ms. */
  readonly timeoutMs?: number;
  /** Who is asking; the contract's permissions are then enforced. */
  readonly principal?: Principal;
}

/** What became of a published event. */
export interface PublishReport {
  /** How many subscribers took it. */
  readonly delivered: number;
  /** The subscribers that threw, and what. */
  readonly failed: readonly { readonly module: AnyModule; readonly error: unknown }[];
}

/** How events are dispatched, on a host and on what a handler gets of it. */
export interface Host {
  /**
   * Lets the modules handle `event` and resolves to it. That none did is not an error: see `event.handled`.
   *
   * @throws {EventHandlingError} with what the handler threw as its `cause`.
   * @throws {DeclaredError | APIError} as the handler threw it.
   * @throws {EventTimeoutError} when a time limit passed, or the signal's reason when it aborted.
   * @throws {HostClosedError} when the host is closing.
   */
  handle<Ev extends AnyEvent>(event: Ev, options?: DispatchOptions): Promise<Ev>;
  /**
   * Resolves to the output of `event`. Throws what `handle` throws.
   *
   * @throws {UnhandledEventError} if no module handled it.
   */
  send<Ev extends TypedEvent>(event: Ev, options?: DispatchOptions): Promise<Ev["~output"]>;
  /**
   * `handle` without waiting. Throws what `handle` throws.
   *
   * @throws {AsyncHandlerError} if anything would have to wait.
   */
  handleSync<Ev extends AnyEvent>(event: Ev, options?: DispatchOptions): Ev;
  /** Gives `event` to every subscriber; one that fails never stops another. */
  publish(event: AnyEvent, options?: DispatchOptions): Promise<PublishReport>;
  /** Whether a module would be asked to handle `event`. */
  canHandle(event: AnyEvent): boolean;
}

/** What a module gets while it loads. */
export interface LoadContext {
  /** Dispatches at once, where the module's own `host` waits until all modules have loaded. */
  readonly host: Host;
  readonly log: Logger;
}

/** What a middleware gets beside the event. */
export interface MiddlewareContext {
  /** Aborts when the caller gave up, a time limit passed or the host cannot wait any longer. */
  readonly signal: AbortSignal;
  /** Dispatches that belong to the event in hand: they inherit its signal, deadline, correlation and principal. */
  readonly host: Host;
  readonly log: Logger;
  /** Whether every subscriber gets the event. What one of them throws is then in the report, and thrown to nobody. */
  readonly published: boolean;
  /** The trace that the event is part of. */
  readonly trace: TraceHandle;
}

/** What a handler gets beside the event. */
export interface HandlerContext<Errors = unknown> extends MiddlewareContext {
  /** Makes a failure that the contract declares, to be thrown: `throw fail("TOO_RUDE", { word })`. */
  readonly fail: Fail<Errors>;
}

/** Makes a declared error from its code and data. */
export type Fail<Errors> = <Code extends keyof Errors & string>(
  code: Code,
  data: ErrorData<Errors, Code>,
) => DeclaredError<Code, ErrorData<Errors, Code>>;

/**
 * A step around the handling of every event, in `use` order, also of events that nobody handles. It answers by
 * setting `event.output` and `event.handled`; what it returns is only awaited.
 */
export type Middleware = (event: AnyEvent, next: () => unknown, context: MiddlewareContext) => unknown;

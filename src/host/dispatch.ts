import type { Fail, HandlerContext, Host, MiddlewareContext, PublishReport } from "../core/context.ts";
import { DeclaredError } from "../core/errors.ts";
import { type AnyEvent, existingMeta } from "../core/event.ts";
import type { Logger } from "../core/logger.ts";
import { Scope } from "../core/scope.ts";
import { NO_TRACE, type TraceHandle } from "../core/trace-context.ts";
import type { Span } from "../tracing/span.ts";
import type { Binding } from "./binding.ts";
import { BoundHost } from "./bound-host.ts";
import type { Dispatcher } from "./dispatcher.ts";

/** What a dispatch made from inside another one inherits from. */
export interface Origin {
  /** The event in hand; undefined while a module loads. */
  readonly event: AnyEvent | undefined;
  /** Undefined as long as nobody asked for one. */
  readonly currentScope: Scope | undefined;
  /** Makes the scope if there is none. */
  scopeOf(): Scope;
  /** Hears that an event dispatched from here failed in spite of its retries. */
  noteFailure(event: AnyEvent, error: unknown): void;
}

/**
 * One event on its way through one host; also what a middleware gets as its context. Fields are declared and not
 * defined, because a field definition costs a write before the constructor's own.
 */
export class Dispatch implements MiddlewareContext, Origin {
  declare readonly dispatcher: Dispatcher;
  declare readonly event: AnyEvent;
  declare readonly origin: Origin | undefined;
  /** The handler that has the event now, or had it last. */
  declare binding: Binding | undefined;
  /** Undefined as long as nobody can abort this dispatch. */
  declare scope: Scope | undefined;
  /** The scope of an attempt, while it is within none. */
  declare private lone: Scope | undefined;
  /** When it began, by the clock; only where somebody measures. */
  declare startedAt: number;
  /** Where the dispatch is traced. */
  declare span: Span | undefined;
  /** The clock's time, read once; undefined once something had to wait. */
  declare instant: number | undefined;
  declare previous: Dispatch | undefined;
  declare next: Dispatch | undefined;

  constructor(dispatcher: Dispatcher, event: AnyEvent, origin: Origin | undefined) {
    this.dispatcher = dispatcher;
    this.event = event;
    this.origin = origin;
    this.binding = undefined;
    this.scope = undefined;
    this.lone = undefined;
    this.startedAt = 0;
    this.span = undefined;
    this.instant = undefined;
    this.previous = undefined;
    this.next = undefined;
  }

  get signal(): AbortSignal {
    return this.scopeOf().signal;
  }

  get host(): Host {
    return new BoundHost(this.dispatcher, this);
  }

  get log(): Logger {
    return this.dispatcher.logger.child(logFields(this));
  }

  get trace(): TraceHandle {
    return this.span ?? NO_TRACE;
  }

  get published(): boolean {
    return false;
  }

  get currentScope(): Scope | undefined {
    return this.scope;
  }

  /** The clock's time. One reading serves all who ask before something has to wait. */
  now(): number {
    this.instant ??= this.dispatcher.clock.now();
    return this.instant;
  }

  /** Waits, as `Waits` does, for what `begin` begins. */
  wait(scope: Scope, begin: (done: () => void) => () => void): Promise<void> {
    this.instant = undefined;
    return this.dispatcher.waits.until(this.event, scope, begin);
  }

  noteFailure(event: AnyEvent, error: unknown): void {
    this.origin?.noteFailure(event, error);
  }

  /** The answer, or why it is not waited for any longer. */
  raced(answer: PromiseLike<unknown>): PromiseLike<unknown> {
    return answer;
  }

  scopeOf(): Scope {
    if (this.scope !== undefined) return this.scope;
    this.scope = this.origin?.scopeOf() ?? new Scope();
    this.lone?.enter(this.scope);
    this.lone = undefined;
    return this.scope;
  }

  /** A scope for one attempt. Most dispatches need none around it: theirs is made when somebody asks for it. */
  attemptScope(): Scope {
    if (this.scope !== undefined || this.lone !== undefined || this.origin !== undefined) {
      return new Scope(this.scopeOf());
    }
    this.lone = new Scope();
    return this.lone;
  }
}

/** A published event on its way. */
export class Publication extends Dispatch {
  report: PublishReport = { delivered: 0, failed: [] };

  override get published(): boolean {
    return true;
  }
}

/** A dispatch whose signal is asked for when somebody listens. */
export class LazilyAborted extends Dispatch {
  declare private source: (() => AbortSignal) | undefined;
  /** Rejects what waits for the answer. */
  declare private interrupt: ((reason: unknown) => void) | undefined;

  abortedBy(source: () => AbortSignal): this {
    this.source = source;
    this.interrupt = undefined;
    return this;
  }

  override raced(answer: PromiseLike<unknown>): PromiseLike<unknown> {
    if (this.scope !== undefined) return this.scope.race(answer);
    return new Promise((resolve, reject) => {
      this.interrupt = reject;
      answer.then(resolve, reject);
    });
  }

  override scopeOf(): Scope {
    const scope = super.scopeOf();
    const { source } = this;
    if (source === undefined) return scope;
    this.source = undefined;
    scope.onAbort((reason) => this.interrupt?.(reason));
    return scope.follow(source());
  }

  override attemptScope(): Scope {
    return new Scope(this.scopeOf());
  }
}

/** One try of one handler at the event; also what the handler gets as its context. */
export class Attempt implements HandlerContext, Origin {
  declare readonly dispatch: Dispatch;
  declare readonly binding: Binding;
  /** The attempt's own, where it has a time limit of its own. */
  declare scope: Scope | undefined;

  constructor(dispatch: Dispatch, binding: Binding) {
    this.dispatch = dispatch;
    this.binding = binding;
    this.scope = undefined;
  }

  get event(): AnyEvent {
    return this.dispatch.event;
  }

  get signal(): AbortSignal {
    return this.scopeOf().signal;
  }

  get host(): Host {
    return new BoundHost(this.dispatch.dispatcher, this);
  }

  get log(): Logger {
    const { dispatcher } = this.dispatch;
    return dispatcher.logger.child({
      module: this.binding.module.metadata.name,
      ...logFields(this.dispatch),
    });
  }

  get published(): boolean {
    return this.dispatch.published;
  }

  get trace(): TraceHandle {
    return this.dispatch.trace;
  }

  get fail(): Fail<unknown> {
    const { event } = this.dispatch;
    return ((code: string, data: unknown) => new DeclaredError(event, code, data)) as Fail<unknown>;
  }

  get currentScope(): Scope | undefined {
    return this.scope ?? this.dispatch.scope;
  }

  noteFailure(event: AnyEvent, error: unknown): void {
    this.dispatch.noteFailure(event, error);
  }

  scopeOf(): Scope {
    return this.scope ?? this.dispatch.scopeOf();
  }
}

function logFields({ event }: Dispatch): Record<string, unknown> {
  const correlationId = existingMeta(event)?.correlationId;
  return { event: event.name, ...(correlationId !== undefined && { correlationId }) };
}

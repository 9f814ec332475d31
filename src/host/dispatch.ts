import type { Fail, HandlerContext, Host, MiddlewareContext, PublishReport } from "../core/context.ts";
import { DeclaredError } from "../core/errors.ts";
import { type AnyEvent, existingMeta } from "../core/event.ts";
import type { Logger } from "../core/logger.ts";
import type { Binding } from "./binding.ts";
import { BoundHost } from "./bound-host.ts";
import type { Dispatcher } from "./dispatcher.ts";
import { Scope } from "./scope.ts";

/** What a dispatch made from inside another one inherits from. */
export interface Origin {
  /** The event in hand; undefined while a module loads. */
  readonly event: AnyEvent | undefined;
  /** Undefined as long as nobody asked for one. */
  readonly currentScope: Scope | undefined;
  /** Makes the scope if there is none. */
  scopeOf(): Scope;
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
  declare previous: Dispatch | undefined;
  declare next: Dispatch | undefined;

  constructor(dispatcher: Dispatcher, event: AnyEvent, origin: Origin | undefined) {
    this.dispatcher = dispatcher;
    this.event = event;
    this.origin = origin;
    this.binding = undefined;
    this.scope = undefined;
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

  get currentScope(): Scope | undefined {
    return this.scope;
  }

  scopeOf(): Scope {
    this.scope ??= this.origin?.scopeOf() ?? new Scope();
    return this.scope;
  }
}

/** A published event on its way. */
export class Publication extends Dispatch {
  report: PublishReport = { delivered: 0, failed: [] };
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

  get fail(): Fail<unknown> {
    const { event } = this.dispatch;
    return ((code: string, data: unknown) => new DeclaredError(event, code, data)) as Fail<unknown>;
  }

  get currentScope(): Scope | undefined {
    return this.scope ?? this.dispatch.scope;
  }

  scopeOf(): Scope {
    return this.scope ?? this.dispatch.scopeOf();
  }
}

function logFields({ event }: Dispatch): Record<string, unknown> {
  const correlationId = existingMeta(event)?.correlationId;
  return { event: event.name, ...(correlationId !== undefined && { correlationId }) };
}

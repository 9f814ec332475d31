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

/** One event on its way through one host; also what a middleware gets as its context. */
export class Dispatch implements MiddlewareContext, Origin {
  readonly dispatcher: Dispatcher;
  readonly event: AnyEvent;
  readonly origin: Origin | undefined;
  /** The handler that has the event now, or had it last. */
  binding: Binding | undefined = undefined;
  /** Undefined as long as nobody can abort this dispatch. */
  scope: Scope | undefined = undefined;
  /** Whether it was a handler that failed, and not a refusal on the way to it. */
  handlerFailed = false;
  /** What `publish` resolves to. */
  report: PublishReport | undefined = undefined;
  previous: Dispatch | undefined = undefined;
  next: Dispatch | undefined = undefined;

  constructor(dispatcher: Dispatcher, event: AnyEvent, origin: Origin | undefined) {
    this.dispatcher = dispatcher;
    this.event = event;
    this.origin = origin;
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

/** One try of one handler at the event; also what the handler gets as its context. */
export class Attempt implements HandlerContext, Origin {
  readonly dispatch: Dispatch;
  readonly binding: Binding;
  /** The attempt's own, where it has a time limit of its own. */
  scope: Scope | undefined = undefined;

  constructor(dispatch: Dispatch, binding: Binding) {
    this.dispatch = dispatch;
    this.binding = binding;
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

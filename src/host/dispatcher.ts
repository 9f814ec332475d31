import { APIError } from "../core/api-error.ts";
import type { Clock } from "../core/clock.ts";
import type { DispatchOptions, Middleware, PublishReport } from "../core/context.ts";
import type { Contract } from "../core/contract.ts";
import {
  AsyncHandlerError,
  CircuitBreakerOpenError,
  ConfigurationError,
  DeclaredError,
  EventHandlingError,
  EventTimeoutError,
  HostClosedError,
  messageOf,
  RateLimitExceededError,
  RefusalError,
  UnhandledEventError,
} from "../core/errors.ts";
import { type AnyEvent, contractOf, existingMeta, type TypedEvent } from "../core/event.ts";
import { isFault } from "../core/fault.ts";
import type { Logger } from "../core/logger.ts";
import type { AnyModule } from "../core/module.ts";
import { isPending } from "../core/pipeline.ts";
import { Scope } from "../core/scope.ts";
import { SKIP } from "../core/skip.ts";
import type { Tracer } from "../tracing/tracer.ts";
import { Composer, type HostSettings } from "./compose.ts";
import { Dispatch, LazilyAborted, type Origin, Publication } from "./dispatch.ts";
import { InFlight } from "./in-flight.ts";
import { isAbortOf, isHandlerFailure, judge } from "./judge.ts";
import type { Loading } from "./loading.ts";
import type { DispatchObserver, Refusal } from "./observer.ts";
import { checkDispatchTimeout } from "./options.ts";
import { inheritMeta } from "./principal.ts";
import type { Registry } from "./registry.ts";
import type { DispatchStep } from "./steps.ts";
import { Waits } from "./waits.ts";

/** How a way of dispatching differs from the others. */
interface Mode {
  readonly publishes: boolean;
  readonly sync: boolean;
  /** Whether failures of handlers may stay in a host that does not propagate them. */
  readonly mayKeepFailures: boolean;
  readonly result: (dispatch: Dispatch) => unknown;
}

const HANDLE: Mode = { publishes: false, sync: false, mayKeepFailures: true, result: ({ event }) => event };
const HANDLE_SYNC: Mode = {
  publishes: false,
  sync: true,
  mayKeepFailures: true,
  result: ({ event }) => event,
};
const SEND: Mode = {
  publishes: false,
  sync: false,
  mayKeepFailures: false,
  result({ event, dispatcher }) {
    if (!event.handled) throw new UnhandledEventError(event, dispatcher.loading.hint);
    return event.output;
  },
};
const PUBLISH: Mode = {
  publishes: true,
  sync: false,
  mayKeepFailures: false,
  result: (dispatch) => (dispatch as Publication).report,
};

type State = "open" | "closing" | "closed";

/**
 * Takes events, finds the way of each, follows it to its end. Its members are private to the compiler alone: `#` would
 * have the engine check each of them on each dispatch.
 */
export class Dispatcher {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly inFlight = new InFlight();
  readonly waits = new Waits();
  /** Dispatches from outside wait for it. */
  readonly loading: Loading;
  private readonly registry: Registry;
  private readonly composer: Composer;
  private readonly propagateExceptions: boolean;
  readonly observer: DispatchObserver | undefined;
  private readonly tracer: Tracer | undefined;
  private readonly handling = new Map<Contract, DispatchStep>();
  private readonly publishing = new Map<Contract, DispatchStep>();
  private state: State = "open";
  // Most dispatches of a busy host follow another one of the same event: comparing is cheaper than a lookup.
  private lastContract: Contract | undefined = undefined;
  private lastWay: DispatchStep | undefined = undefined;

  constructor(
    registry: Registry,
    loading: Loading,
    options: HostSettings & {
      readonly logger: Logger;
      readonly middleware: readonly Middleware[];
      readonly propagateExceptions: boolean;
      readonly observer: DispatchObserver | undefined;
      readonly tracer: Tracer | undefined;
    },
  ) {
    this.clock = options.clock;
    this.logger = options.logger;
    this.loading = loading;
    this.registry = registry;
    this.composer = new Composer(registry, options, options.middleware);
    this.propagateExceptions = options.propagateExceptions;
    this.observer = options.observer;
    this.tracer = options.tracer;
  }

  handle<Ev extends AnyEvent>(event: Ev, options?: DispatchOptions, origin?: Origin): Promise<Ev> {
    return this.promise(event, options, origin, HANDLE) as Promise<Ev>;
  }

  send<Ev extends TypedEvent>(event: Ev, options?: DispatchOptions, origin?: Origin): Promise<Ev["~output"]> {
    return this.promise(event, options, origin, SEND);
  }

  publish(event: AnyEvent, options?: DispatchOptions, origin?: Origin): Promise<PublishReport> {
    return this.promise(event, options, origin, PUBLISH) as Promise<PublishReport>;
  }

  handleSync<Ev extends AnyEvent>(event: Ev, options?: DispatchOptions, origin?: Origin): Ev {
    return this.run(event, options, origin, HANDLE_SYNC) as Ev;
  }

  canHandle(event: AnyEvent): boolean {
    const contract = contractOf(event);
    if (contract === undefined) return false;
    return this.registry.handlersOf(contract).some(({ accepts }) => accepts === undefined || accepts(event));
  }

  use(middleware: Middleware): void {
    this.composer.use(middleware);
    this.forgetWays();
  }

  /** The modules or the middleware have changed: ways are composed anew. */
  forgetWays(): void {
    this.handling.clear();
    this.publishing.clear();
    this.lastContract = undefined;
    this.lastWay = undefined;
  }

  /** Takes no more events from outside, and drops what only waits. */
  beginClosing(): void {
    this.state = "closing";
    this.waits.close();
  }

  /** Takes no more events at all. */
  endClosing(): void {
    this.state = "closed";
  }

  /** Tells everybody who wants to know that `module` failed. What is an answer is no failure. */
  reportFailure({ event }: Dispatch, module: AnyModule | undefined, err: unknown): void {
    const { name } = event;
    const correlationId = existingMeta(event)?.correlationId;
    const fields = {
      err,
      event: name,
      module: module?.metadata.name,
      ...(correlationId !== undefined && { correlationId }),
    };
    if (isFault(err)) {
      this.logger.error({ ...fields, eventId: event.id }, `"${name}" failed: ${messageOf(err)}`);
      this.observer?.failed?.(event, err);
    } else {
      this.logger.debug(fields, `"${name}" was refused: ${messageOf(err)}`);
    }
  }

  private promise(
    event: AnyEvent,
    options: DispatchOptions | undefined,
    origin: Origin | undefined,
    mode: Mode,
  ): Promise<unknown> {
    try {
      const result = this.run(event, options, origin, mode);
      return result instanceof Promise ? result : Promise.resolve(result);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** The one pipeline: gives the result, or a promise of it where a step has to wait. */
  private run(
    event: AnyEvent,
    options: DispatchOptions | undefined,
    origin: Origin | undefined,
    mode: Mode,
  ): unknown {
    if (this.state !== "open") this.admit(event, origin);
    const way = this.wayOf(event, mode.publishes);
    event.output = undefined;
    event.handled = false;
    const dispatch = mode.publishes
      ? new Publication(this, event, origin)
      : origin === undefined && typeof options?.signal === "function"
        ? new LazilyAborted(this, event, origin).abortedBy(options.signal)
        : new Dispatch(this, event, origin);
    if (options !== undefined || origin !== undefined) this.begin(dispatch, options, origin);
    this.inFlight.add(dispatch);
    if (this.observer !== undefined) this.observe(dispatch, this.observer);

    let answer: unknown;
    try {
      answer =
        this.tracer !== undefined
          ? this.traced(dispatch, way, mode, this.tracer)
          : dispatch.scope === undefined && this.loading.pending === undefined
            ? way(dispatch)
            : this.slowly(dispatch, way, mode);
    } catch (error) {
      return this.fail(dispatch, error, mode);
    }
    if (!isPending(answer)) return this.complete(dispatch, answer, mode);
    if (mode.sync) return this.refuseToWait(dispatch, answer, mode);
    return this.later(dispatch, answer, mode);
  }

  // Apart from run, which without the closures allocates nothing for dispatches that need not wait.
  private later(dispatch: Dispatch, answer: PromiseLike<unknown>, mode: Mode): unknown {
    return dispatch.raced(answer).then(
      (settled) => this.complete(dispatch, settled, mode),
      (error) => this.fail(dispatch, error, mode),
    );
  }

  /** The way, in a span of its own. */
  private traced(dispatch: Dispatch, way: DispatchStep, mode: Mode, tracer: Tracer): unknown {
    const span = tracer.startDispatch(dispatch.event, dispatch.now());
    dispatch.span = span;
    return dispatch.scope === undefined && this.loading.pending === undefined
      ? span.run(way, dispatch)
      : span.run(() => this.slowly(dispatch, way, mode), undefined);
  }

  /** The way, where there is something to wait for first, or somebody who can abort. */
  private slowly(dispatch: Dispatch, way: DispatchStep, { publishes }: Mode): unknown {
    const { event, origin, scope } = dispatch;
    if (scope?.aborted) throw scope.reason;
    const loading = this.loading.pending;
    if (loading === undefined || origin !== undefined) {
      const answer = way(dispatch);
      return scope !== undefined && isPending(answer) ? scope.race(answer) : answer;
    }
    const loaded = dispatch.wait(dispatch.scopeOf(), (done) => {
      loading.then(done);
      return () => {};
    });
    // Composed only then: the modules may be others.
    const answer = loaded.then(() => this.wayOf(event, publishes)(dispatch));
    return scope === undefined ? answer : scope.race(answer);
  }

  private wayOf(event: AnyEvent, publishes: boolean): DispatchStep {
    const contract = contractOf(event);
    if (publishes) return this.publishing.get(contract as Contract) ?? this.compose(event, true);
    if (contract !== undefined && contract === this.lastContract) return this.lastWay as DispatchStep;
    const way = this.handling.get(contract as Contract) ?? this.compose(event, false);
    this.lastContract = contract;
    this.lastWay = way;
    return way;
  }

  private compose(event: AnyEvent, publishes: boolean): DispatchStep {
    const contract = contractOf(event);
    if (contract === undefined) {
      throw new ConfigurationError(
        `only instances of classes made by defineEvent are dispatched, not ${typeof event}`,
      );
    }
    this.registry.refuseNamesake(contract, "");
    if (!publishes) {
      const way = this.composer.handling(contract);
      this.handling.set(contract, way);
      return way;
    }
    if (contract.durable)
      throw new ConfigurationError(`publishing "${contract.name}" needs an outbox, because it is durable`);
    const way = this.composer.publishing(contract);
    this.publishing.set(contract, way);
    return way;
  }

  /** @throws {HostClosedError} unless the event is part of what was admitted before. */
  private admit(event: AnyEvent, origin: Origin | undefined): void {
    if (this.state === "closed" || origin === undefined) throw new HostClosedError(event);
  }

  /** What a dispatch is told, and what it inherits. */
  private begin(dispatch: Dispatch, options: DispatchOptions | undefined, origin: Origin | undefined): void {
    const { event } = dispatch;
    const { principal, signal, timeoutMs } = options ?? {};
    if (principal !== undefined) event.meta.principal = principal;
    if (origin?.event !== undefined) inheritMeta(origin.event, event);
    const follows = signalAtOnce(dispatch, signal);
    if (follows === undefined && timeoutMs === undefined) {
      dispatch.scope = origin?.currentScope;
      return;
    }
    if (timeoutMs !== undefined) checkDispatchTimeout(timeoutMs);
    const scope = new Scope(origin?.scopeOf());
    if (follows !== undefined) scope.follow(follows);
    if (timeoutMs !== undefined) {
      scope.limit(this.clock, timeoutMs, () => new EventTimeoutError(event, timeoutMs));
    }
    dispatch.scope = scope;
    // What is dispatched from here shares the scope, and would ask nobody for the signal.
    if (dispatch instanceof LazilyAborted) dispatch.scopeOf();
  }

  private complete(dispatch: Dispatch, answer: unknown, mode: Mode): unknown {
    const { event } = dispatch;
    if (answer !== SKIP) {
      event.output = answer;
      event.handled = true;
    } else {
      event.output = undefined;
      event.handled = false;
    }
    this.end(dispatch);
    const { observer, tracer } = this;
    const now = tracer !== undefined || observer?.isTimed ? this.clock.now() : 0;
    if (tracer !== undefined) dispatch.span?.end(now);
    if (observer !== undefined) {
      const someFailed = dispatch instanceof Publication && dispatch.report.failed.length > 0;
      const outcome = someFailed ? "failed" : event.handled ? "handled" : "unhandled";
      observer.ended?.(event, outcome, now - dispatch.startedAt);
    }
    return mode.result(dispatch);
  }

  private fail(dispatch: Dispatch, error: unknown, mode: Mode): unknown {
    const { event } = dispatch;
    event.output = undefined;
    event.handled = false;
    this.end(dispatch);
    const seen = this.composer.hasMiddleware ? error : judge(dispatch, error);
    this.reportEnd(dispatch, seen);
    const kept = !this.propagateExceptions && mode.mayKeepFailures && isHandlerFailure(dispatch, seen);
    if (kept) return mode.result(dispatch);
    throw seen;
  }

  /** A failure goes to the hooks and the error log, an answer that is an error to the debug log. */
  private reportEnd(dispatch: Dispatch, error: unknown): void {
    const { event, binding } = dispatch;
    const own = error instanceof EventHandlingError && error.event === event ? error.cause : error;
    const answered = !isFault(own) && (own instanceof DeclaredError || own instanceof APIError);
    const gaveUp = isAbortOf(dispatch, error) && !(error instanceof EventTimeoutError);
    if (gaveUp) this.logger.debug({ err: error, event: event.name }, `"${event.name}" was aborted`);
    else this.reportFailure(dispatch, binding?.module, own);
    const outcome = answered ? "handled" : (refusalOf(dispatch, error) ?? "failed");
    const now = this.clock.now();
    dispatch.span?.end(now, own);
    this.observer?.ended?.(event, outcome, now - dispatch.startedAt);
  }

  private observe(dispatch: Dispatch, observer: DispatchObserver): void {
    if (observer.isTimed) dispatch.startedAt = dispatch.now();
    observer.started?.(dispatch.event);
  }

  private end(dispatch: Dispatch): void {
    this.inFlight.remove(dispatch);
    if (dispatch.scope !== undefined && dispatch.scope !== dispatch.origin?.currentScope)
      dispatch.scope.end();
  }

  private refuseToWait(dispatch: Dispatch, answer: PromiseLike<unknown>, mode: Mode): unknown {
    answer.then(undefined, () => {}); // Nobody is there any more to hear how it ends.
    const waiting =
      this.loading.pending === undefined
        ? "its handler or a policy has to wait"
        : "modules are still loading";
    const error = new AsyncHandlerError(dispatch.event, waiting);
    dispatch.scopeOf().abort(error);
    return this.fail(dispatch, error, mode);
  }
}

/** The signal that a dispatch follows from its beginning on; one that is asked for later is the dispatch's own affair. */
function signalAtOnce(dispatch: Dispatch, signal: DispatchOptions["signal"]): AbortSignal | undefined {
  if (typeof signal !== "function") return signal;
  return dispatch instanceof LazilyAborted ? undefined : signal();
}

function refusalOf({ event }: Dispatch, error: unknown): Refusal | undefined {
  if (!(error instanceof RefusalError) || error.event !== event) return undefined;
  if (error instanceof RateLimitExceededError) return "rateLimited";
  return error instanceof CircuitBreakerOpenError ? "circuitBroken" : undefined;
}

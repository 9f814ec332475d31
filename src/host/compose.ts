import type { Clock } from "../core/clock.ts";
import type { Middleware, PublishReport } from "../core/context.ts";
import type { Contract } from "../core/contract.ts";
import { Deadlines } from "../core/deadlines.ts";
import { isPending, rescue } from "../core/pipeline.ts";
import { SKIP } from "../core/skip.ts";
import { PUBLISHED } from "../resilience/idempotency.ts";
import type { Binding } from "./binding.ts";
import type { Dispatch, Publication } from "./dispatch.ts";
import { withGuards } from "./guards.ts";
import type { PolicySet } from "./policy-set.ts";
import { withPermissions } from "./principal.ts";
import { withRecovery } from "./recovery.ts";
import type { Registry } from "./registry.ts";
import {
  type AttemptStep,
  type DispatchStep,
  throwJudged,
  unlessNested,
  withIdempotency,
  withMiddleware,
  withOutputValidation,
  withRateLimiter,
} from "./steps.ts";
import { withStream } from "./streams.ts";

/** What the steps of a way have in common. */
interface Way {
  /** Whether idempotency stands around each handler, in place of the whole. */
  readonly perHandler: boolean;
  /** Whose outcomes of a published event are meant, by names that are the same after a restart. */
  readonly subscription?: readonly string[];
}

/** What a host adds to every way. */
export interface HostSettings {
  readonly clock: Clock;
  readonly policies: PolicySet;
  readonly validateOutput: boolean;
}

/**
 * Puts the ways together that events take, outermost first: permissions, idempotency, the host's rate limit and
 * middleware, routing; then for each handler its idempotency and rate limits, fallback, dead letters, retry, circuit
 * breaker, time limit, slots, the handler. Done once per contract, not per dispatch; what is not asked for is not there.
 */
export class Composer {
  readonly #registry: Registry;
  readonly #settings: HostSettings;
  readonly #middleware: Middleware[];
  /** One for each time limit, so that all attempts with it share a timer. */
  readonly #deadlines = new Map<number, Deadlines>();

  constructor(registry: Registry, settings: HostSettings, middleware: readonly Middleware[]) {
    this.#registry = registry;
    this.#settings = settings;
    this.#middleware = [...middleware];
  }

  get hasMiddleware(): boolean {
    return this.#middleware.length > 0;
  }

  use(middleware: Middleware): void {
    this.#middleware.push(middleware);
  }

  /** The way of a dispatched event: to the first module that is willing. */
  handling(contract: Contract): DispatchStep {
    const bindings = this.#registry.handlersOf(contract);
    const perHandler = bindings.some(hasIdempotencyOfItsOwn);
    const steps = bindings.map((binding) => this.#handler(contract, binding, { perHandler }));
    const routing = firstWilling(steps);
    return this.#around(contract, contract.stream ? withStream(routing) : routing, { perHandler });
  }

  /** The way of a published event: to every subscriber. */
  publishing(contract: Contract): DispatchStep {
    const bindings = this.#registry.subscribersOf(contract);
    const perHandler = bindings.some(hasIdempotencyOfItsOwn);
    const subscribers = bindings.map((binding, index) => {
      const { module } = binding;
      const before = bindings.slice(0, index).filter((earlier) => earlier.module === module).length;
      const subscription = [...PUBLISHED, module.metadata.name, `${before}`];
      return { module, step: this.#handler(contract, binding, { perHandler, subscription }) };
    });
    return this.#around(contract, fanOut(subscribers), { perHandler, subscription: PUBLISHED });
  }

  #around(contract: Contract, routing: DispatchStep, { perHandler, subscription }: Way): DispatchStep {
    const { rateLimiter, idempotency } = this.#settings.policies;
    let step = routing;
    if (this.#middleware.length > 0) {
      // Middleware sees the error that the caller will see, so it is judged before it gets there.
      step = (dispatch) => rescue(() => routing(dispatch), throwJudged(dispatch));
      for (const middleware of this.#middleware.toReversed()) step = withMiddleware(middleware, step);
    }
    if (rateLimiter !== undefined) step = unlessNested(withRateLimiter(rateLimiter, step), step);
    // A stream was read by the first one who asked, and is no outcome for others.
    if (idempotency && !perHandler && !contract.stream) {
      step = withIdempotency(idempotency, step, subscription);
    }
    return contract.permissions.length > 0 ? withPermissions(contract, step) : step;
  }

  #handler(contract: Contract, binding: Binding, { perHandler, subscription }: Way): DispatchStep {
    const { accepts, policies: own, modulePolicies: module } = binding;
    const { policies: host } = this.#settings;
    const recovering = {
      fallback: nearest(own.fallback, module.fallback, host.fallback),
      // Dead letters go back to handlers, and a subscriber is none.
      deadLetterQueue:
        subscription === undefined
          ? nearest(own.deadLetterQueue, module.deadLetterQueue, host.deadLetterQueue)
          : undefined,
      retryPolicy: nearest(own.retryPolicy, module.retryPolicy, host.retryPolicy),
    };
    const bare = this.#invoke(contract, binding);
    const attempt = this.#guard(contract, binding, bare);
    let step = withRecovery(recovering, binding, attempt, attempt !== bare);
    for (const limiter of [own.rateLimiter, module.rateLimiter]) {
      if (limiter !== undefined) step = withRateLimiter(limiter, step);
    }
    const idempotency = nearest(own.idempotency, module.idempotency, host.idempotency);
    if (idempotency !== undefined && perHandler && !contract.stream) {
      step = withIdempotency(idempotency, step, subscription);
    }
    if (accepts === undefined) return step;
    const willing = step;
    return (dispatch) => {
      dispatch.binding = binding;
      return accepts(dispatch.event) ? willing(dispatch) : SKIP;
    };
  }

  #invoke(contract: Contract, { invoke }: Binding): AttemptStep {
    const step: AttemptStep = (attempt) => invoke(attempt.dispatch.event, attempt);
    return this.#settings.validateOutput && contract.output !== undefined
      ? withOutputValidation(contract.output, contract.stream, step)
      : step;
  }

  #guard(contract: Contract, binding: Binding, step: AttemptStep): AttemptStep {
    const { policies: own, modulePolicies: module, circuitBreaker } = binding;
    const { policies: host } = this.#settings;
    const timeoutMs = nearest(own.timeoutMs, contract.timeoutMs, module.timeoutMs, host.timeoutMs);
    const guarding = {
      circuitBreaker,
      deadlines: timeoutMs === undefined ? undefined : this.#deadlinesOf(timeoutMs),
      hostBulkheads: host.bulkheads,
      bulkheads: [...module.bulkheads, ...own.bulkheads],
      streams: contract.stream,
    };
    return withGuards(guarding, step);
  }

  #deadlinesOf(timeoutMs: number): Deadlines {
    const known = this.#deadlines.get(timeoutMs);
    if (known !== undefined) return known;
    const deadlines = new Deadlines(this.#settings.clock, timeoutMs);
    this.#deadlines.set(timeoutMs, deadlines);
    return deadlines;
  }
}

/** Whether an idempotency of the handler or its module takes the place of the host's. */
function hasIdempotencyOfItsOwn({ policies, modulePolicies }: Binding): boolean {
  return policies.idempotency !== undefined || modulePolicies.idempotency !== undefined;
}

/** The first value that is given; `false` says that there is to be none. */
function nearest<T>(...values: readonly (T | false | undefined)[]): T | undefined {
  return values.find((value) => value !== undefined) || undefined;
}

/** Asks handlers one after the other until one answers. */
function firstWilling(steps: readonly DispatchStep[]): DispatchStep {
  const [only] = steps;
  if (only === undefined) return () => SKIP;
  return steps.length === 1 ? only : (dispatch) => firstWillingFrom(steps, 0, dispatch);
}

function firstWillingFrom(steps: readonly DispatchStep[], start: number, dispatch: Dispatch): unknown {
  for (let index = start; index < steps.length; index++) {
    const answer = (steps[index] as DispatchStep)(dispatch);
    if (isPending(answer)) {
      return answer.then((settled) => {
        dispatch.instant = undefined;
        return settled === SKIP ? firstWillingFrom(steps, index + 1, dispatch) : settled;
      });
    }
    if (answer !== SKIP) return answer;
  }
  return SKIP;
}

interface Subscriber {
  readonly module: Binding["module"];
  readonly step: DispatchStep;
}

/** Gives the event to all of them at once. The report is the dispatch's; the answer only says whether all went well. */
function fanOut(subscribers: readonly Subscriber[]): DispatchStep {
  return (dispatch) => {
    const failed: PublishReport["failed"][number][] = [];
    const deliveries = subscribers.map(({ module, step }) =>
      rescue(
        () => step(dispatch),
        (error) => {
          failed.push({ module, error });
          dispatch.dispatcher.reportFailure(dispatch, module, error);
        },
      ),
    );
    const report = () => {
      (dispatch as Publication).report = { delivered: subscribers.length - failed.length, failed };
      return failed.length === 0 && subscribers.length > 0 ? undefined : SKIP;
    };
    return deliveries.some(isPending) ? Promise.all(deliveries).then(report) : report();
  };
}

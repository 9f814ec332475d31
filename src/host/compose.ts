import type { Middleware, PublishReport } from "../core/context.ts";
import type { Contract } from "../core/contract.ts";
import { isPending, rescue } from "../core/pipeline.ts";
import { SKIP } from "../core/skip.ts";
import { Bulkhead } from "../resilience/bulkhead.ts";
import type { Binding } from "./binding.ts";
import { Attempt, type Dispatch, type Publication } from "./dispatch.ts";
import { judge } from "./judge.ts";
import { withPermissions } from "./principal.ts";
import type { Registry } from "./registry.ts";
import {
  type AttemptStep,
  type DispatchStep,
  unlessNested,
  withBulkhead,
  withMiddleware,
  withOutputValidation,
  withTimeout,
} from "./steps.ts";

/** The policies of a host that take part in each attempt. */
export interface HostPolicies {
  readonly timeoutMs: number | undefined;
  readonly maxConcurrency: number | undefined;
  readonly validateOutput: boolean;
}

/**
 * Puts the ways together that events take, outermost first: permissions, the host's middleware, routing, and for each
 * handler timeout, bulkheads, the handler. Done once per contract, not per dispatch; what is not asked for is not there.
 */
export class Composer {
  readonly #registry: Registry;
  readonly #policies: HostPolicies;
  readonly #middleware: Middleware[];
  readonly #hostBulkhead: Bulkhead | undefined;

  constructor(registry: Registry, policies: HostPolicies, middleware: readonly Middleware[]) {
    this.#registry = registry;
    this.#policies = policies;
    this.#middleware = [...middleware];
    this.#hostBulkhead =
      policies.maxConcurrency === undefined ? undefined : new Bulkhead(policies.maxConcurrency);
  }

  get hasMiddleware(): boolean {
    return this.#middleware.length > 0;
  }

  use(middleware: Middleware): void {
    this.#middleware.push(middleware);
  }

  /** The way of a dispatched event: to the first module that is willing. */
  handling(contract: Contract): DispatchStep {
    const steps = this.#registry.handlersOf(contract).map((binding) => this.#handler(contract, binding));
    return this.#around(contract, firstWilling(steps));
  }

  /** The way of a published event: to every subscriber. */
  publishing(contract: Contract): DispatchStep {
    const subscribers = this.#registry
      .subscribersOf(contract)
      .map((binding) => ({ module: binding.module, step: this.#handler(contract, binding) }));
    return this.#around(contract, fanOut(subscribers));
  }

  #around(contract: Contract, routing: DispatchStep): DispatchStep {
    let step = routing;
    if (this.#middleware.length > 0) {
      // Middleware sees the error that the caller will see, so it is judged before it gets there.
      step = (dispatch) =>
        rescue(
          () => routing(dispatch),
          (error) => {
            throw judge(dispatch, error);
          },
        );
      for (const middleware of this.#middleware.toReversed()) step = withMiddleware(middleware, step);
    }
    return contract.permissions.length > 0 ? withPermissions(contract, step) : step;
  }

  #handler(contract: Contract, binding: Binding): DispatchStep {
    const { accepts } = binding;
    const attempt = this.#attempt(contract, binding);
    if (accepts === undefined) {
      return (dispatch) => {
        dispatch.binding = binding;
        return attempt(new Attempt(dispatch, binding));
      };
    }
    return (dispatch) => {
      dispatch.binding = binding;
      return accepts(dispatch.event) ? attempt(new Attempt(dispatch, binding)) : SKIP;
    };
  }

  #attempt(contract: Contract, binding: Binding): AttemptStep {
    const { invoke, bulkheads, policies } = binding;
    let step: AttemptStep = (attempt) => invoke(attempt.dispatch.event, attempt);
    if (this.#policies.validateOutput && contract.output !== undefined) {
      step = withOutputValidation(contract.output, contract.stream, step);
    }
    for (const bulkhead of bulkheads) step = withBulkhead(bulkhead, step);
    if (this.#hostBulkhead !== undefined) step = unlessNested(withBulkhead(this.#hostBulkhead, step), step);
    const timeoutMs = nearest(
      policies[0]?.timeoutMs,
      contract.timeoutMs,
      policies[1]?.timeoutMs,
      this.#policies.timeoutMs,
    );
    return timeoutMs === undefined ? step : withTimeout(timeoutMs, step);
  }
}

/** The first value that is given; `false` says that there is to be none. */
function nearest(...values: (number | false | undefined)[]): number | undefined {
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
      return answer.then((settled) =>
        settled === SKIP ? firstWillingFrom(steps, index + 1, dispatch) : settled,
      );
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

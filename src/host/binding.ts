import type { HandlerContext } from "../core/context.ts";
import type { Contract } from "../core/contract.ts";
import type { AnyEvent } from "../core/event.ts";
import type { AnyModule } from "../core/module.ts";
import type { CircuitBreaker } from "../resilience/circuit-breaker.ts";
import type { PolicySet } from "./policy-set.ts";

/** A handler, bound to the module that it belongs to. */
export interface Binding {
  readonly module: AnyModule;
  /** Undefined for an open module, which is asked `accepts` for every event. */
  readonly contract: Contract | undefined;
  readonly accepts: ((event: AnyEvent) => boolean) | undefined;
  /** Gives the answer or SKIP, or a promise of one. */
  readonly invoke: (event: AnyEvent, context: HandlerContext<never>) => unknown;
  readonly policies: PolicySet;
  readonly modulePolicies: PolicySet;
  /** The nearest of the handler's, the module's and the host's. */
  readonly circuitBreaker: CircuitBreaker | undefined;
  /** Its module's place in the order of registration. */
  readonly order: number;
}

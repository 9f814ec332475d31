import type { HandlerContext } from "../core/context.ts";
import type { Contract } from "../core/contract.ts";
import type { AnyEvent } from "../core/event.ts";
import type { AnyModule, Policies } from "../core/module.ts";
import type { Bulkhead } from "../resilience/bulkhead.ts";

/** A handler, bound to the module that it belongs to. */
export interface Binding {
  readonly module: AnyModule;
  /** Undefined for an open module, which is asked `accepts` for every event. */
  readonly contract: Contract | undefined;
  readonly accepts: ((event: AnyEvent) => boolean) | undefined;
  /** Gives the answer or SKIP, or a promise of one. */
  readonly invoke: (event: AnyEvent, context: HandlerContext<never>) => unknown;
  /** Nearest first: the handler's own, then its module's. */
  readonly policies: readonly Policies[];
  /** The slots of the handler and of its module, where they are limited. */
  readonly bulkheads: readonly Bulkhead[];
  /** Its module's place in the order of registration. */
  readonly order: number;
}

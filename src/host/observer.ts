import type { AnyEvent } from "../core/event.ts";

/** How a dispatch ended. An answer that is an error (a declared one, say) counts as handled. */
export type Outcome = "handled" | "unhandled" | "failed";

/** What watches dispatches without taking part: hooks, metrics. */
export interface DispatchObserver {
  started?(event: AnyEvent): void;
  /** A handler or a subscriber failed; `error` is its own. */
  failed?(event: AnyEvent, error: unknown): void;
  ended?(event: AnyEvent, outcome: Outcome): void;
}

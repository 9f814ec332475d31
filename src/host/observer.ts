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

/** One observer that passes on to all of them; undefined where there is none, so that nothing is called. */
export function observerOf(observers: readonly DispatchObserver[]): DispatchObserver | undefined {
  if (observers.length < 2) return observers[0];
  return {
    started(event) {
      for (const observer of observers) observer.started?.(event);
    },
    failed(event, error) {
      for (const observer of observers) observer.failed?.(event, error);
    },
    ended(event, outcome) {
      for (const observer of observers) observer.ended?.(event, outcome);
    },
  };
}

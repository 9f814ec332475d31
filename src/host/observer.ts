import type { AnyEvent } from "../core/event.ts";

/** How a dispatch ended. An answer that is an error (a declared one, say) counts as handled. */
export type Outcome = "handled" | "unhandled" | "failed" | Refusal;

/** What refused a dispatch before anything was tried; it counts as that alone. */
export type Refusal = "rateLimited" | "circuitBroken";

/** What watches dispatches without taking part: hooks, metrics. */
export interface DispatchObserver {
  started?(event: AnyEvent): void;
  /** A handler or a subscriber failed; `error` is its own. */
  failed?(event: AnyEvent, error: unknown): void;
  retried?(event: AnyEvent): void;
  deadLettered?(event: AnyEvent): void;
  /** @param durationMs - 0 where `isTimed` is not set. */
  ended?(event: AnyEvent, outcome: Outcome, durationMs: number): void;
  /** Whether `ended` is to be told how long it took. */
  readonly isTimed?: boolean;
}

/** One observer that passes on to all of them; undefined where there is none, so that nothing is called. */
export function observerOf(observers: readonly DispatchObserver[]): DispatchObserver | undefined {
  if (observers.length < 2) return observers[0];
  return {
    isTimed: observers.some(({ isTimed }) => isTimed),
    started(event) {
      for (const observer of observers) observer.started?.(event);
    },
    failed(event, error) {
      for (const observer of observers) observer.failed?.(event, error);
    },
    retried(event) {
      for (const observer of observers) observer.retried?.(event);
    },
    deadLettered(event) {
      for (const observer of observers) observer.deadLettered?.(event);
    },
    ended(event, outcome, durationMs) {
      for (const observer of observers) observer.ended?.(event, outcome, durationMs);
    },
  };
}

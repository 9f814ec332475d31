import type { DispatchObserver, Outcome } from "./observer.ts";

/** What a host counts, each once for what it names. */
export interface MetricsSnapshot {
  readonly eventsDispatched: number;
  readonly eventsHandled: number;
  readonly eventsUnhandled: number;
  readonly eventsFailed: number;
  readonly eventsRetried: number;
  readonly eventsRateLimited: number;
  readonly eventsCircuitBroken: number;
  readonly eventsDeadLettered: number;
  readonly modulesRegistered: number;
}

/** The counters of a host with `enableMetrics`. Dispatched is handled, unhandled and failed, once nothing is in flight. */
export class Metrics implements DispatchObserver {
  readonly #modulesRegistered: () => number;
  #dispatched = 0;
  readonly #ended: Record<Outcome, number> = { handled: 0, unhandled: 0, failed: 0 };

  /** @internal */
  constructor(modulesRegistered: () => number) {
    this.#modulesRegistered = modulesRegistered;
  }

  /** @internal */
  started(): void {
    this.#dispatched++;
  }

  /** @internal */
  ended(_event: unknown, outcome: Outcome): void {
    this.#ended[outcome]++;
  }

  toJSON(): MetricsSnapshot {
    return {
      eventsDispatched: this.#dispatched,
      eventsHandled: this.#ended.handled,
      eventsUnhandled: this.#ended.unhandled,
      eventsFailed: this.#ended.failed,
      eventsRetried: 0,
      eventsRateLimited: 0,
      eventsCircuitBroken: 0,
      eventsDeadLettered: 0,
      modulesRegistered: this.#modulesRegistered(),
    };
  }
}

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
  readonly #ended: Record<Outcome, number> = {
    handled: 0,
    unhandled: 0,
    failed: 0,
    rateLimited: 0,
    circuitBroken: 0,
  };
  #retried = 0;
  #deadLettered = 0;

  /** @internal */
  constructor(modulesRegistered: () => number) {
    this.#modulesRegistered = modulesRegistered;
  }

  /** @internal */
  retried(): void {
    this.#retried++;
  }

  /** @internal */
  deadLettered(): void {
    this.#deadLettered++;
  }

  /** @internal */
  ended(_event: unknown, outcome: Outcome): void {
    this.#ended[outcome]++;
  }

  toJSON(): MetricsSnapshot {
    const { handled, unhandled, failed, rateLimited, circuitBroken } = this.#ended;
    return {
      eventsDispatched: handled + unhandled + failed,
      eventsHandled: handled,
      eventsUnhandled: unhandled,
      eventsFailed: failed,
      eventsRetried: this.#retried,
      eventsRateLimited: rateLimited,
      eventsCircuitBroken: circuitBroken,
      eventsDeadLettered: this.#deadLettered,
      modulesRegistered: this.#modulesRegistered(),
    };
  }
}

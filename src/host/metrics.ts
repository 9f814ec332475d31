import type { AnyEvent } from "../core/event.ts";
import { LatencyHistogram, type LatencySnapshot } from "./latency-histogram.ts";
import type { DispatchObserver, Outcome } from "./observer.ts";
import { type OpenTelemetryHistogram, openTelemetryHistogram } from "./opentelemetry-metrics.ts";
import { prometheusText } from "./prometheus.ts";

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
  /** By event name. */
  readonly latency: Readonly<Record<string, LatencySnapshot>>;
}

/** So many events have a series of their own; those beyond share the one named `OTHER`. */
const MAX_SERIES = 1_000;
const OTHER = "(other)";

const COUNTERS = {
  eventsDispatched: ["tsmodules_events_dispatched_total", "Events that ended, however."],
  eventsHandled: ["tsmodules_events_handled_total", "Events that a module answered."],
  eventsUnhandled: ["tsmodules_events_unhandled_total", "Events that no module took."],
  eventsFailed: ["tsmodules_events_failed_total", "Events whose handling failed."],
  eventsRetried: ["tsmodules_events_retried_total", "Attempts after the first one."],
  eventsRateLimited: ["tsmodules_events_rate_limited_total", "Events that a rate limiter refused."],
  eventsCircuitBroken: ["tsmodules_events_circuit_broken_total", "Events that an open circuit refused."],
  eventsDeadLettered: ["tsmodules_events_dead_lettered_total", "Events that went to a dead-letter queue."],
} as const;

/**
 * What a host with `enableMetrics` counts and measures. Dispatched is handled, unhandled and failed: it counts what
 * has ended, and what a rate limiter or an open circuit refused is counted there alone.
 */
export class Metrics implements DispatchObserver {
  /** @internal */
  readonly isTimed = true;
  private readonly modulesRegistered: () => number;
  private readonly outcomes: Record<Outcome, number> = {
    handled: 0,
    unhandled: 0,
    failed: 0,
    rateLimited: 0,
    circuitBroken: 0,
  };
  private retries = 0;
  private deadLetters = 0;
  private readonly latencies = new Map<string, LatencyHistogram>();
  private lastName = "";
  private lastLatency: LatencyHistogram | undefined = undefined;
  private exported: OpenTelemetryHistogram | undefined = undefined;

  /** @internal */
  constructor(modulesRegistered: () => number) {
    this.modulesRegistered = modulesRegistered;
  }

  /** @internal */
  retried(): void {
    this.retries++;
  }

  /** @internal */
  deadLettered(): void {
    this.deadLetters++;
  }

  /** @internal */
  ended({ name }: Pick<AnyEvent, "name">, outcome: Outcome, durationMs: number): void {
    this.outcomes[outcome]++;
    if (outcome === "rateLimited" || outcome === "circuitBroken") return;
    if (name !== this.lastName || this.lastLatency === undefined) {
      this.lastName = name;
      this.lastLatency = this.latencyOf(name);
    }
    this.lastLatency.record(durationMs);
    this.exported ??= openTelemetryHistogram(this);
    this.exported?.record(name, outcome, durationMs);
  }

  toJSON(): MetricsSnapshot {
    const { handled, unhandled, failed, rateLimited, circuitBroken } = this.outcomes;
    return {
      eventsDispatched: handled + unhandled + failed,
      eventsHandled: handled,
      eventsUnhandled: unhandled,
      eventsFailed: failed,
      eventsRetried: this.retries,
      eventsRateLimited: rateLimited,
      eventsCircuitBroken: circuitBroken,
      eventsDeadLettered: this.deadLetters,
      modulesRegistered: this.modulesRegistered(),
      latency: Object.fromEntries([...this.latencies].map(([name, latency]) => [name, latency.toJSON()])),
    };
  }

  /** The same for Prometheus, in its text exposition format. */
  toPrometheus(): string {
    const snapshot = this.toJSON();
    const counters = Object.entries(COUNTERS).map(([key, [name, help]]) => ({
      name,
      help,
      value: snapshot[key as keyof typeof COUNTERS],
    }));
    const modules = {
      name: "tsmodules_modules_registered",
      help: "Modules in the host.",
      value: snapshot.modulesRegistered,
    };
    return prometheusText(counters, [modules], this.latencies);
  }

  private latencyOf(name: string): LatencyHistogram {
    const known = this.latencies.get(name);
    if (known !== undefined) return known;
    if (this.latencies.size >= MAX_SERIES && name !== OTHER) return this.latencyOf(OTHER);
    const latency = new LatencyHistogram();
    this.latencies.set(name, latency);
    return latency;
  }
}

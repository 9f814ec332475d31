import type { Attributes } from "@opentelemetry/api";
import { openTelemetry } from "../core/opentelemetry.ts";
import type { MetricsSnapshot } from "./metrics.ts";
import type { Outcome } from "./observer.ts";

/** What a host's counters are called in OpenTelemetry. */
const COUNTERS: Readonly<Record<string, keyof Omit<MetricsSnapshot, "latency">>> = {
  "tsmodules.events.dispatched": "eventsDispatched",
  "tsmodules.events.handled": "eventsHandled",
  "tsmodules.events.unhandled": "eventsUnhandled",
  "tsmodules.events.failed": "eventsFailed",
  "tsmodules.events.retried": "eventsRetried",
  "tsmodules.events.rate_limited": "eventsRateLimited",
  "tsmodules.events.circuit_broken": "eventsCircuitBroken",
  "tsmodules.events.dead_lettered": "eventsDeadLettered",
};

/** Where durations go, besides the host's own histograms. */
export interface OpenTelemetryHistogram {
  record(event: string, outcome: Outcome, durationMs: number): void;
}

/**
 * Registers a host's metrics with the OpenTelemetry SDK, if there is one: its counters are observed when the SDK
 * collects, durations are recorded in seconds as its conventions want it.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/general/metrics/
 */
export function openTelemetryHistogram(metrics: {
  toJSON(): MetricsSnapshot;
}): OpenTelemetryHistogram | undefined {
  const meter = openTelemetry("metrics")?.metrics.getMeter("tsmodules");
  if (meter === undefined) return undefined;
  for (const [name, counter] of Object.entries(COUNTERS)) {
    meter
      .createObservableCounter(name, { unit: "{event}" })
      .addCallback((result) => result.observe(metrics.toJSON()[counter]));
  }
  const histogram = meter.createHistogram("tsmodules.event.duration", { unit: "s" });
  const known = new Map<string, Attributes>();
  return {
    record(event, outcome, durationMs) {
      const key = `${event} ${outcome}`;
      let attributes = known.get(key);
      if (attributes === undefined) {
        attributes = { "tsmodules.event": event, "tsmodules.outcome": outcome };
        if (known.size < 3_000) known.set(key, attributes);
        else attributes = { "tsmodules.event": "(other)", "tsmodules.outcome": outcome };
      }
      histogram.record(durationMs / 1_000, attributes);
    },
  };
}

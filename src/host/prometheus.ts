import { BUCKETS_MS, type LatencyHistogram } from "./latency-histogram.ts";

interface Counter {
  readonly name: string;
  readonly help: string;
  readonly value: number;
}

/**
 * Metrics in the text exposition format.
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/ (0.0.4)
 */
export function prometheusText(
  counters: readonly Counter[],
  gauges: readonly Counter[],
  latencies: ReadonlyMap<string, LatencyHistogram>,
): string {
  const lines = [
    ...counters.flatMap((counter) => simple(counter, "counter")),
    ...gauges.flatMap((gauge) => simple(gauge, "gauge")),
  ];
  const name = "tsmodules_event_duration_seconds";
  if (latencies.size > 0) {
    lines.push(`# HELP ${name} How long events took, from dispatch to answer.`, `# TYPE ${name} histogram`);
  }
  for (const [event, histogram] of latencies) lines.push(...series(name, event, histogram));
  return `${lines.join("\n")}\n`;
}

function simple({ name, help, value }: Counter, type: "counter" | "gauge"): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, `${name} ${value}`];
}

function series(name: string, event: string, { counts, sumMs }: LatencyHistogram): string[] {
  const label = `event="${escapeLabel(event)}"`;
  let cumulative = 0;
  const buckets = [...counts].map((count, index) => {
    cumulative += count;
    const bound = BUCKETS_MS[index];
    return `${name}_bucket{${label},le="${bound === undefined ? "+Inf" : bound / 1_000}"} ${cumulative}`;
  });
  return [...buckets, `${name}_sum{${label}} ${sumMs / 1_000}`, `${name}_count{${label}} ${cumulative}`];
}

function escapeLabel(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

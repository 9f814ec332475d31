import { spawnSync } from "node:child_process";
import { metrics as otelMetrics } from "@opentelemetry/api";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { defineEvent, defineModule, type ModuleHost } from "tsmodules";
import { createTestHost, FakeClock } from "tsmodules/testing";
import { afterEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { skipWithout } from "../../test/skip-without.ts";

class Wait extends defineEvent("test.wait", { input: z.object({ ms: z.number() }) }) {}
class Odd extends defineEvent('odd "\\\n name') {}

/** A host whose events take as long as they say. */
function measured() {
  const clock = new FakeClock();
  const host = createTestHost({ clock, enableMetrics: true }).register(
    defineModule({ name: "waiter" }, (module) => {
      module.handle(Wait, ({ input }) => new Promise<void>((done) => void clock.schedule(input.ms, done)));
      module.handle(Odd, () => {});
    }),
  );
  const wait = async (ms: number) => {
    const done = host.send(new Wait({ ms }));
    await clock.advance(ms);
    await done;
  };
  return { host, wait };
}

const textOf = (host: ModuleHost) => host.metrics?.toPrometheus() ?? "";

describe("metrics", () => {
  it("measure how long each event takes", async () => {
    const { host, wait } = measured();
    for (const ms of [2, 4, 40]) await wait(ms);

    expect(host.metrics?.toJSON().latency).toMatchObject({
      "test.wait": { count: 3, sumMs: 46, maxMs: 40, p50Ms: expect.closeTo(3.75, 5) },
    });
  });

  it("are written for Prometheus: names with units, cumulative buckets, escaped labels", async () => {
    const { host, wait } = measured();
    await wait(2);
    await host.send(new Odd());
    const text = textOf(host);

    expect(text).toContain(
      "# TYPE tsmodules_events_dispatched_total counter\ntsmodules_events_dispatched_total 2\n",
    );
    expect(text).toContain('tsmodules_event_duration_seconds_bucket{event="test.wait",le="0.001"} 0\n');
    expect(text).toContain('tsmodules_event_duration_seconds_bucket{event="test.wait",le="0.0025"} 1\n');
    expect(text).toContain('tsmodules_event_duration_seconds_bucket{event="test.wait",le="+Inf"} 1\n');
    expect(text).toContain('tsmodules_event_duration_seconds_sum{event="test.wait"} 0.002\n');
    expect(text).toContain('event="odd \\"\\\\\\n name"');
  });

  it("every line is of the exposition format", async () => {
    const { host, wait } = measured();
    await wait(2);
    await host.send(new Odd());

    for (const line of textOf(host).trimEnd().split("\n")) {
      expect(line).toMatch(
        /^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{([a-z]+="([^"\\\n]|\\["\\n])*",?)+\})? [0-9.e+-]+)$/,
      );
    }
  });

  it("leave Debian's promtool nothing to say, where it is installed", async ({ skip }) => {
    const { host, wait } = measured();
    await wait(2);
    await host.send(new Odd());
    const { error, status, stdout, stderr } = spawnSync("promtool", ["check", "metrics"], {
      input: textOf(host),
    });
    if (error) skipWithout("promtool", "prometheus", skip);

    expect(`${stdout}${stderr}`).toBe("");
    expect(status).toBe(0);
  });

  it("bound the number of their series", async () => {
    const { host } = measured();
    for (let index = 0; index < 1_100; index++) {
      const Numbered = defineEvent(`test.event-${index}`);
      await host.handle(new Numbered({}));
    }
    const latency = host.metrics?.toJSON().latency ?? {};

    expect(Object.keys(latency)).toHaveLength(1_001);
    expect(latency["(other)"]?.count).toBe(100);
  });
});

describe("metrics under an OpenTelemetry SDK", () => {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const provider = new MeterProvider({ readers: [reader] });

  afterEach(async () => {
    otelMetrics.disable();
    await provider.shutdown();
  });

  it("are observed by it", async () => {
    otelMetrics.setGlobalMeterProvider(provider);
    const { wait } = measured();
    await wait(20);
    await reader.forceFlush();
    const found = exporter
      .getMetrics()
      .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics));
    const named = (name: string) => found.find(({ descriptor }) => descriptor.name === name);

    expect(named("tsmodules.events.handled")?.dataPoints).toMatchObject([{ value: 1 }]);
    expect(named("tsmodules.event.duration")?.dataPoints).toMatchObject([
      {
        attributes: { "tsmodules.event": "test.wait", "tsmodules.outcome": "handled" },
        value: { count: 1, sum: 0.02 },
      },
    ]);
  });
});

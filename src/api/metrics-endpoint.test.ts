import { spawnSync } from "node:child_process";
import Fastify from "fastify";
import { ConfigurationError, defineEvent, defineModule } from "tsmodules";
import { addMetricsEndpoint, registerErrorHandlers } from "tsmodules/api";
import { createTestHost } from "tsmodules/testing";
import { describe, expect, it } from "vitest";

class Work extends defineEvent("test.work") {}
class Fail extends defineEvent("test.fail") {}

/** An application whose host has done something, and failed with something. */
async function counting() {
  const host = createTestHost({
    enableMetrics: true,
    deadLetterQueue: {},
    circuitBreaker: { failureThreshold: 1 },
  });
  host.register(
    defineModule({ name: "worker" }, (module) => {
      module.handle(Work, () => {});
      module.handle(Fail, () => {
        throw new Error("down");
      });
    }),
  );
  await host.send(new Work());
  const app = Fastify();
  registerErrorHandlers(app);
  addMetricsEndpoint(app, host, { version: "1.2.3" });
  const get = (url = "/metrics", headers = {}) => app.inject({ url, headers });
  return { app, host, get };
}

describe("/metrics", () => {
  it("is for Prometheus", async () => {
    const { get } = await counting();
    const { headers, body } = await get();

    expect(headers["content-type"]).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(headers["cache-control"]).toBe("no-store");
    expect(body).toContain("\ntsmodules_events_dispatched_total 1\n");
  });

  it("leaves promtool nothing to say, where it is installed", async ({ skip }) => {
    const { get } = await counting();
    const { error, status, stdout, stderr } = spawnSync("promtool", ["check", "metrics"], {
      input: (await get()).body,
    });
    if (error && !process.env.TSMODULES_TEST_NO_SKIPS)
      skip("promtool is not installed: apt-get install prometheus");

    expect(`${stdout}${stderr}`).toBe("");
    expect(status).toBe(0);
  });

  it("is JSON for those who ask for it, in the shape of PyModules", async () => {
    const { get, host } = await counting();
    await host.send(new Fail()).catch(() => {});

    expect((await get("/metrics?format=json")).json()).toEqual({
      uptime_seconds: expect.any(Number),
      version: "1.2.3",
      events: expect.objectContaining({ eventsDispatched: 2, eventsHandled: 1, eventsFailed: 1 }),
      modules: { count: 1, names: ["worker"] },
      resilience: { eventsRetried: 0, eventsRateLimited: 0, eventsCircuitBroken: 0, eventsDeadLettered: 1 },
      circuit_breaker_state: "open",
      dlq_size: 1,
    });
  });

  it.each([
    ["application/json", "json"],
    ["application/json, text/plain, */*", "json"],
    ["text/html, Application/JSON;q=0.9", "json"],
    ["application/json;q=0.1, text/plain;q=0.5", "text"],
    ["application/json;q=0", "text"],
    ["*/*", "text"],
    ["text/html,application/xhtml+xml,*/*;q=0.8", "text"],
    ["application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1", "text"],
  ])("for Accept: %s is %s", async (accept, kind) => {
    const { get } = await counting();
    const { headers } = await get("/metrics", { accept });

    expect(headers["content-type"]).toContain(kind);
    expect(headers.vary).toBe("accept");
  });

  it("is what format says, before Accept", async () => {
    const { get } = await counting();

    expect((await get("/metrics?format=prometheus", { accept: "application/json" })).body).toContain(
      "# HELP",
    );
  });

  it.each([
    ["xml", '"xml"'],
    ["", '""'],
    ["json&format=json", '["json","json"]'],
  ])("refuses format=%s by name", async (format, shown) => {
    const { get } = await counting();
    const response = await get(`/metrics?format=${format}`);

    expect(response.json()).toMatchObject({
      status: 400,
      code: "UNKNOWN_FORMAT",
      detail: `format must be json or prometheus, not ${shown}`,
    });
  });

  it("takes GET and HEAD alone", async () => {
    const { app } = await counting();
    const response = await app.inject({ method: "POST", url: "/metrics" });

    expect(response.statusCode).toBe(405);
    expect(response.headers.allow).toBe("GET, HEAD");
  });

  it("refuses a version that is none", async () => {
    const { app, host } = await counting();

    expect(() => addMetricsEndpoint(app, host, { version: 1 as never })).toThrow(
      "addMetricsEndpoint: version must be a non-empty string, not 1",
    );
  });

  it("needs a host that counts", () => {
    expect(() => addMetricsEndpoint(Fastify(), createTestHost())).toThrow(ConfigurationError);
  });
});

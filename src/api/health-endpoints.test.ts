import Fastify from "fastify";
import { ConfigurationError, defineModule, type Logger, ModuleHost } from "tsmodules";
import { addHealthEndpoints, registerErrorHandlers } from "tsmodules/api";
import { HealthCheck } from "tsmodules/health";
import { createTestHost, FakeClock } from "tsmodules/testing";
import { describe, expect, it, vi } from "vitest";

function serving(health: HealthCheck, prefix = "") {
  const app = Fastify();
  registerErrorHandlers(app);
  addHealthEndpoints(app, createTestHost(), { health, prefix });
  return { app };
}

describe("the health endpoints", () => {
  it.each([
    ["healthy", 200],
    ["degraded", 200],
    ["unhealthy", 503],
  ] as const)("answer %s with %i, and let nobody keep the answer", async (status, code) => {
    const { app } = serving(new HealthCheck().addCheck("it", () => status, { liveness: true }));

    for (const url of ["/health", "/health/ready", "/health/live"]) {
      const response = await app.inject(url);
      expect(response.statusCode).toBe(code);
      expect(response.headers["cache-control"]).toBe("no-store");
      expect(response.json()).toMatchObject({ status, checks: { it: { status } } });
    }
  });

  it("ask each for what concerns it", async () => {
    const { app } = serving(
      new HealthCheck()
        .addCheck("deadlock", () => false, { liveness: true, readiness: false })
        .addCheck("database", () => true),
    );
    const codes = ["/health", "/health/ready", "/health/live"].map(
      async (url) => (await app.inject(url)).statusCode,
    );

    expect(await Promise.all(codes)).toEqual([503, 200, 503]);
  });

  it("show what checks say, and tell the host's logger what they throw", async () => {
    const warn = vi.fn();
    const logger = { ...createTestHost().config.logger, warn } as Logger;
    const app = Fastify();
    const health = new HealthCheck()
      .addCheck("disk", () => ({ status: "degraded", message: "nearly full" }))
      .addCheck("database", () => {
        throw new Error("connect ECONNREFUSED postgres://admin:secret@10.0.0.1");
      });
    addHealthEndpoints(app, new ModuleHost({ logger }), { health });
    const { body } = await app.inject("/health");

    expect(JSON.parse(body).checks).toEqual({
      disk: { status: "degraded", message: "nearly full", durationMs: expect.any(Number) },
      database: { status: "unhealthy", message: "failed; the log says why", durationMs: expect.any(Number) },
    });
    expect(warn).toHaveBeenCalledExactlyOnceWith(
      { err: expect.objectContaining({ message: expect.stringContaining("ECONNREFUSED") }) },
      'health check "database" failed',
    );
  });

  it("do not show why a module failed to load", async () => {
    const host = createTestHost().register(
      defineModule({ name: "database" }, (module) =>
        module.onLoad(() => Promise.reject(new Error("password=secret"))),
      ),
    );
    await host.ready().catch(() => {});
    const app = Fastify();
    addHealthEndpoints(app, host);
    const response = await app.inject("/health/ready");

    expect(response.statusCode).toBe(503);
    expect(response.body).not.toContain("secret");
  });

  it("answer in time where a check does not", async () => {
    const clock = new FakeClock();
    const { app } = serving(
      new HealthCheck({ clock }).addCheck("slow", () => new Promise(() => {}), { timeoutMs: 100 }),
    );
    const response = app.inject("/health");
    await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(100);

    expect((await response).json().checks).toMatchObject({ slow: { message: "took longer than 100 ms" } });
  });

  it("answer HEAD like GET, and other methods with 405", async () => {
    const { app } = serving(new HealthCheck().addCheck("it", () => false));
    const head = await app.inject({ method: "HEAD", url: "/health/ready" });
    const post = await app.inject({ method: "POST", url: "/health/ready" });

    expect([head.statusCode, head.body]).toEqual([503, ""]);
    expect([post.statusCode, post.headers.allow]).toEqual([405, "GET, HEAD"]);
  });

  it("stand behind a prefix", async () => {
    const { app } = serving(new HealthCheck(), "/internal");

    expect((await app.inject("/internal/health/live")).statusCode).toBe(200);
    expect((await app.inject("/health/live")).statusCode).toBe(404);
  });

  it("refuse an option that there is not", () => {
    expect(() => addHealthEndpoints(Fastify(), createTestHost(), { prefx: "/a" } as never)).toThrow(
      "addHealthEndpoints: unknown option prefx",
    );
  });

  it.each(["internal", "/internal/*", "/{tenant}", "/internal/", "/"])("refuse the prefix %j", (prefix) => {
    expect(() => serving(new HealthCheck(), prefix)).toThrow(ConfigurationError);
  });
});

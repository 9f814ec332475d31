import { ConfigurationError, defineEvent, defineModule } from "tsmodules";
import { type CheckFunction, HealthCheck, HealthStatus } from "tsmodules/health";
import { createTestHost, FakeClock } from "tsmodules/testing";
import { describe, expect, it } from "vitest";

class Work extends defineEvent("test.work") {}

const never: CheckFunction = () => new Promise(() => {});
const broken: CheckFunction = () => {
  throw new Error("no connection");
};

describe("HealthCheck", () => {
  it.each<[string, CheckFunction, object]>([
    ["true", () => true, { status: "healthy" }],
    ["nothing", () => {}, { status: "healthy" }],
    ["false", async () => false, { status: "unhealthy" }],
    ["a status", () => "degraded", { status: "degraded" }],
    ["both", () => ({ status: false, message: "full" }), { status: "unhealthy", message: "full" }],
    ["an error", broken, { status: "unhealthy", message: "no connection" }],
    [
      "nonsense",
      () => 42 as never,
      { status: "unhealthy", message: "the check answered with neither a boolean nor a status, but number" },
    ],
  ])("takes %s for an answer", async (_answer, check, expected) => {
    const report = await new HealthCheck().addCheck("it", check).check();

    expect(report.checks).toMatchObject({ it: expected });
  });

  it("keeps an answer's error for logs, and out of JSON", async () => {
    const error = new Error("connect ECONNREFUSED 10.0.0.7:5432");
    const check = () => ({ status: false, message: "there is no connection", error });
    const report = await new HealthCheck().addCheck("database", check).check();

    expect(report.checks.database?.error).toBe(error);
    expect(JSON.stringify(report)).not.toContain("10.0.0.7");
    expect(JSON.stringify(report)).toContain("there is no connection");
  });

  it("keeps what a check threw for logs, out of its JSON", async () => {
    const report = await new HealthCheck().addCheck("it", broken).check();

    expect(report.checks.it?.error).toEqual(new Error("no connection"));
    expect(JSON.parse(JSON.stringify(report)).checks.it).toEqual({
      status: "unhealthy",
      message: "no connection",
      durationMs: expect.any(Number),
    });
  });

  it("is as bad as its worst check, of which those that are not critical only degrade", async () => {
    const health = new HealthCheck({ version: "1.2.3" }).addCheck("cache", broken, { critical: false });
    expect((await health.check()).status).toBe(HealthStatus.DEGRADED);
    health.addCheck("database", broken);

    expect(JSON.parse(JSON.stringify(await health.check()))).toMatchObject({
      status: "unhealthy",
      version: "1.2.3",
      checks: { cache: { status: "degraded" }, database: { status: "unhealthy", message: "no connection" } },
    });
  });

  it("runs checks side by side, each in its time, and aborts those that are late", async () => {
    const clock = new FakeClock();
    let signal: AbortSignal | undefined;
    const health = new HealthCheck({ clock })
      .addCheck(
        "slow",
        (context) => {
          signal = context.signal;
          return never(context);
        },
        { timeoutMs: 100 },
      )
      .addCheck("slower", never, { timeoutMs: 200 });
    const report = health.check();
    await clock.advance(100);
    await clock.advance(100);

    expect((await report).checks).toMatchObject({
      slow: { status: "unhealthy", message: "took longer than 100 ms", durationMs: 100 },
      slower: { message: "took longer than 200 ms" },
    });
    expect(signal?.aborted).toBe(true);
    expect(clock.pending).toBe(0);
  });

  it("asks for liveness and readiness only what concerns them", async () => {
    const health = new HealthCheck()
      .addCheck("deadlock", () => true, { liveness: true, readiness: false })
      .addCheck("database", () => true);

    expect(Object.keys((await health.liveness()).checks)).toEqual(["deadlock"]);
    expect(Object.keys((await health.readiness()).checks)).toEqual(["database"]);
    expect(Object.keys((await health.check()).checks)).toEqual(["deadlock", "database"]);
  });

  it("refuses a name that is taken, and wrong options by name", () => {
    const health = new HealthCheck().addCheck("database", () => true);

    expect(() => health.addCheck("database", () => true)).toThrow('health check "database" is there already');
    expect(() => health.addCheck("cache", () => true, { timeoutMs: 0 })).toThrow(ConfigurationError);
    expect(() => new HealthCheck({ verion: "1" } as never)).toThrow("HealthCheck: unknown option verion");
  });
});

describe("a host's health", () => {
  it("is good while nothing is wrong", async () => {
    const report = await new HealthCheck({ host: createTestHost({ deadLetterQueue: {} }) }).check();

    expect(report).toMatchObject({
      status: "healthy",
      checks: { host: {}, modules: {}, circuits: {}, deadLetters: {} },
    });
  });

  it("names the modules that failed to load", async () => {
    const host = createTestHost();
    host.register(
      defineModule({ name: "database" }, (module) =>
        module.onLoad(() => Promise.reject(new Error("refused"))),
      ),
    );
    await host.ready().catch(() => {});
    const { status, checks } = await new HealthCheck({ host }).readiness();

    expect(status).toBe("unhealthy");
    expect(checks.modules?.message).toContain('module "database" was not registered');
  });

  it("is degraded by an open circuit and by a full dead-letter queue, which it names", async () => {
    const host = createTestHost({ circuitBreaker: { failureThreshold: 1 }, deadLetterQueue: { maxSize: 1 } });
    host.register(
      defineModule({ name: "flaky" }, (module) => {
        module.handle(Work, () => {
          throw new Error("down");
        });
      }),
    );
    await host.handle(new Work()).catch(() => {});

    expect(await new HealthCheck({ host }).check()).toMatchObject({
      status: "degraded",
      checks: {
        circuits: { status: "degraded", message: "open: flaky" },
        deadLetters: { status: "degraded", message: "the dead-letter queue is full: 1 letters" },
      },
    });
  });

  it("is not ready while modules load, nor as soon as the host closes, though it lives", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const host = createTestHost().register(
      defineModule({ name: "slow" }, (module) => module.onLoad(() => promise)),
    );
    const health = new HealthCheck({ host });
    expect((await health.readiness()).status).toBe("unhealthy");
    resolve();
    await host.ready();
    expect((await health.readiness()).status).toBe("healthy");
    const closed = host.close();

    expect((await health.readiness()).checks.host).toMatchObject({
      status: "unhealthy",
      message: "the host is closing",
    });
    expect((await health.liveness()).status).toBe("healthy");
    await closed;
  });
});

import { ConfigurationError, defineEvent, defineModule, ModuleHost, ModuleHostConfig } from "tsmodules";
import { describe, expect, it } from "vitest";

describe("ModuleHostConfig.fromEnv", () => {
  it("reads every variable into plain options", () => {
    expect(
      ModuleHostConfig.fromEnv({
        TSMODULES_MAX_WORKERS: "8",
        TSMODULES_PROPAGATE_EXCEPTIONS: "false",
        TSMODULES_LOG_LEVEL: "INFO",
        TSMODULES_ENABLE_METRICS: "yes",
        TSMODULES_ENABLE_TRACING: "on",
        TSMODULES_RATE_LIMIT: "100",
        TSMODULES_RATE_LIMIT_BURST: "10",
        TSMODULES_CIRCUIT_BREAKER_THRESHOLD: "5",
        TSMODULES_CIRCUIT_BREAKER_TIMEOUT: "30",
        TSMODULES_RETRY_MAX: "3",
        TSMODULES_RETRY_BASE_DELAY: "0.25",
        TSMODULES_DLQ_SIZE: "1000",
      }),
    ).toEqual({
      maxWorkers: 8,
      propagateExceptions: false,
      logLevel: "info",
      enableMetrics: true,
      enableTracing: true,
      rateLimiter: { rate: 100, burst: 10 },
      circuitBreaker: { failureThreshold: 5, recoveryTimeoutMs: 30_000 },
      retryPolicy: { maxRetries: 3, baseDelayMs: 250 },
      deadLetterQueue: { maxSize: 1_000 },
    });
  });

  it.each([{ env: {} }, { env: { TSMODULES_MAX_WORKERS: "", TSMODULES_LOG_LEVEL: " ", OTHER: "x" } }])(
    "leaves out what is unset or empty: $env",
    ({ env }) => {
      expect(ModuleHostConfig.fromEnv(env)).toEqual({});
    },
  );

  it("takes 0 as a policy switched off, whatever the rest says", () => {
    const env = { TSMODULES_RATE_LIMIT: "0", TSMODULES_RATE_LIMIT_BURST: "10", TSMODULES_RETRY_MAX: "0" };

    expect(ModuleHostConfig.fromEnv(env)).toEqual({});
  });

  it.each([
    ["true", true],
    ["TRUE", true],
    ["1", true],
    ["yes", true],
    ["on", true],
    ["false", false],
    ["0", false],
    ["No", false],
    ["off", false],
  ])("reads %j as %j", (text, value) => {
    expect(ModuleHostConfig.fromEnv({ TSMODULES_ENABLE_METRICS: text })).toEqual({ enableMetrics: value });
  });

  it.each([
    ["TSMODULES_MAX_WORKERS", "0", "an integer of 1 or more"],
    ["TSMODULES_MAX_WORKERS", "eight", "an integer of 1 or more"],
    ["TSMODULES_ENABLE_METRICS", "enabled", "true, false, 1, 0, yes, no, on or off"],
    ["TSMODULES_LOG_LEVEL", "loud", "one of trace, debug, info, warn, error, fatal, silent"],
    ["TSMODULES_RATE_LIMIT", "-1", "a number of 0 or more"],
    ["TSMODULES_RATE_LIMIT_BURST", "1.5", "an integer of 1 or more"],
    ["TSMODULES_CIRCUIT_BREAKER_TIMEOUT", "0", "a number above 0"],
    ["TSMODULES_RETRY_MAX", "1e3", "an integer of 0 or more"],
    ["TSMODULES_DLQ_SIZE", "99999999999999999999", "an integer of 0 or more"],
  ])("refuses %s=%s, saying what was expected", (variable, text, expected) => {
    const read = () => ModuleHostConfig.fromEnv({ [variable]: text });

    expect(read).toThrow(ConfigurationError);
    expect(read).toThrow(`${variable} must be ${expected}, not "${text}"`);
  });

  it("reports all problems together", () => {
    const read = () => ModuleHostConfig.fromEnv({ TSMODULES_MAX_WORKERS: "x", TSMODULES_LOG_LEVEL: "y" });

    expect(read).toThrow(/TSMODULES_MAX_WORKERS.*TSMODULES_LOG_LEVEL/s);
  });

  it("gives options that a host takes", () => {
    const options = ModuleHostConfig.fromEnv({
      TSMODULES_MAX_WORKERS: "2",
      TSMODULES_ENABLE_METRICS: "true",
    });

    expect(new ModuleHost(options).metrics).toBeDefined();
  });

  it("gives a host all that its variables ask for", async () => {
    const options = ModuleHostConfig.fromEnv({
      TSMODULES_MAX_WORKERS: "2",
      TSMODULES_LOG_LEVEL: "silent",
      TSMODULES_ENABLE_METRICS: "yes",
      TSMODULES_ENABLE_TRACING: "on",
      TSMODULES_RATE_LIMIT: "0.001",
      TSMODULES_RATE_LIMIT_BURST: "1",
      TSMODULES_CIRCUIT_BREAKER_THRESHOLD: "5",
      TSMODULES_CIRCUIT_BREAKER_TIMEOUT: "30",
      TSMODULES_RETRY_MAX: "1",
      TSMODULES_RETRY_BASE_DELAY: "0.001",
      TSMODULES_DLQ_SIZE: "10",
    });
    class Work extends defineEvent("test.work") {}
    const host = new ModuleHost(options).register(
      defineModule({ name: "broken" }, (module) => {
        module.handle(Work, () => {
          throw new Error("down");
        });
      }),
    );
    const event = new Work();
    await host.handle(event).catch(() => {});
    await host.handle(new Work()).catch(() => {});

    expect(event.meta.traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(host.condition.deadLetters).toEqual({ size: 1, maxSize: 10 });
    expect(host.metrics?.toJSON()).toMatchObject({ eventsRetried: 1, eventsFailed: 1, eventsRateLimited: 1 });
  });
});

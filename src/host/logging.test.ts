import { defineEvent, defineModule, type Logger, type LogLevel, ModuleHost } from "tsmodules";
import { afterEach, describe, expect, it, vi } from "vitest";
import { consoleLogger } from "./console-logger.ts";

class Ping extends defineEvent("test.ping") {}

const failing = defineModule({ name: "failing" }, (module) => {
  module.handle(Ping, () => {
    throw new Error("a bug");
  });
});

/** A logger that remembers each record with the bindings of its children. */
function recorder() {
  const records: Record<string, unknown>[] = [];
  const logger = (bindings: object): Logger => {
    const method = (level: string) => (fields: unknown, message?: string) => {
      records.push({ level, ...bindings, ...(fields as object), message });
    };
    return {
      trace: method("trace"),
      debug: method("debug"),
      info: method("info"),
      warn: method("warn"),
      error: method("error"),
      fatal: method("fatal"),
      child: (more) => logger({ ...bindings, ...more }),
    };
  };
  return { records, logger: logger({}) };
}

describe("a host's log", () => {
  it("tells of a failure: event, module, error, and the request that it came of", async () => {
    const { logger, records } = recorder();
    const event = new Ping(undefined, { meta: { correlationId: "order-123" } });
    await new ModuleHost({ logger })
      .register(failing)
      .handle(event)
      .catch(() => {});

    expect(records).toMatchObject([
      {
        level: "error",
        event: "test.ping",
        eventId: event.id,
        correlationId: "order-123",
        module: "failing",
        err: { message: "a bug" },
        message: '"test.ping" failed: a bug',
      },
    ]);
  });

  it.each<{ logLevel: LogLevel; levels: string[] }>([
    { logLevel: "trace", levels: ["trace", "debug", "info", "warn", "error", "fatal"] },
    { logLevel: "warn", levels: ["warn", "error", "fatal"] },
    { logLevel: "silent", levels: [] },
  ])("lets $levels through at $logLevel", async ({ logLevel, levels }) => {
    const { logger, records } = recorder();
    const host = new ModuleHost({ logger, logLevel }).register(
      defineModule({ name: "talking" }, (module) => {
        module.handle(Ping, (_event, { log }) => {
          for (const level of ["trace", "debug", "info", "warn", "error", "fatal"] as const)
            log[level]({}, "hello");
        });
      }),
    );
    await host.send(new Ping());

    expect(records.map(({ level }) => level)).toEqual(levels);
  });

  it("knows in a handler which module and event it is about", async () => {
    const { logger, records } = recorder();
    const host = new ModuleHost({ logger }).register(
      defineModule({ name: "talking" }, (module) => {
        module.handle(Ping, (_event, { log }) => log.info({ more: 1 }, "hello"));
      }),
    );
    await host.send(new Ping(undefined, { meta: { correlationId: "order-123" } }));

    expect(records).toEqual([
      {
        level: "info",
        module: "talking",
        event: "test.ping",
        correlationId: "order-123",
        more: 1,
        message: "hello",
      },
    ]);
  });
});

describe("the console logger", () => {
  afterEach(() => vi.restoreAllMocks());

  /** The lines that `write` puts on the console. */
  function linesOf(write: (logger: Logger) => void): string[] {
    const spy = vi.spyOn(console, "error").mockImplementation(() => {});
    write(consoleLogger());
    return spy.mock.calls.map(([line]) => line);
  }

  it("writes one line of JSON per record, stack traces included", () => {
    const [line = ""] = linesOf((logger) =>
      logger.child({ module: "m" }).error({ err: new Error("a bug") }, "failed"),
    );

    expect(line).not.toContain("\n");
    expect(JSON.parse(line)).toMatchObject({
      level: "error",
      module: "m",
      msg: "failed",
      err: { name: "Error", message: "a bug", stack: expect.stringContaining("at ") },
    });
  });

  it("takes a message alone", () => {
    const [line = ""] = linesOf((logger) => logger.info("hello"));

    expect(JSON.parse(line)).toMatchObject({ level: "info", msg: "hello" });
  });

  it("writes what JSON has no way to say", () => {
    const circular: Record<string, unknown> = { big: 1n };
    circular.self = circular;
    const [line = ""] = linesOf((logger) =>
      logger.info({ circular, twice: [circular.big, circular.big] }, "odd"),
    );

    expect(JSON.parse(line)).toMatchObject({
      circular: { big: "1n", self: "[circular]" },
      twice: ["1n", "1n"],
    });
  });
});

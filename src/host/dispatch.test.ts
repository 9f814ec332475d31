import {
  type AnyEvent,
  APIError,
  AsyncHandlerError,
  ConfigurationError,
  DeclaredError,
  defineEvent,
  defineModule,
  EventHandlingError,
  Module,
  ModuleHost,
  NotFoundError,
  OutputValidationError,
  SKIP,
  UnhandledEventError,
} from "tsmodules";
import { createTestHost, recordEvents } from "tsmodules/testing";
import { describe, expect, it, vi } from "vitest";
import { z } from "zod";

class Greet extends defineEvent("test.greet", {
  input: z.object({ name: z.string().default("World") }),
  output: z.object({ message: z.string() }),
  errors: { TOO_RUDE: z.object({ word: z.string() }) },
}) {}

class Ping extends defineEvent("test.ping") {}

const greeter = defineModule({ name: "greeter" }, (module) => {
  module.handle(Greet, async ({ input }, { fail }) => {
    if (input.name === "rude") throw fail("TOO_RUDE", { word: "rude" });
    if (input.name === "missing") throw new NotFoundError("user", "missing");
    if (input.name === "bug") throw new TypeError("a bug");
    return { message: `Hello, ${input.name}!` };
  });
});

/** A host with one module that answers `Greet` with what `answer` gives. */
function hostAnswering(answer: (event: InstanceType<typeof Greet>) => never, options = {}) {
  return createTestHost(options).register(
    defineModule({ name: "greeter" }, (module) => module.handle(Greet, answer)),
  );
}

const throwing = (error: unknown) => () => {
  throw error;
};

describe("send", () => {
  it("resolves to the output", async () => {
    await expect(
      createTestHost()
        .register(greeter)
        .send(new Greet({ name: "Ada" })),
    ).resolves.toEqual({
      message: "Hello, Ada!",
    });
  });

  it("rejects when nobody handled the event", async () => {
    await expect(createTestHost().send(new Greet())).rejects.toThrow(UnhandledEventError);
    await expect(createTestHost().send(new Greet())).rejects.toThrow('no module handled "test.greet"');
  });

  it("resolves to nothing for an event without output, and passes on what is returned all the same", async () => {
    const host = createTestHost().register(
      defineModule({ name: "pinger" }, (module) => module.handle(Ping, () => "pong")),
    );

    expect(await host.send(new Ping())).toBe("pong");
  });

  it("takes what another library's promises resolve to", async () => {
    // biome-ignore lint/suspicious/noThenProperty: a foreign thenable is the point.
    const thenable = { then: (resolve: (value: unknown) => void) => resolve({ message: "later" }) };

    expect(await hostAnswering(() => thenable as never).send(new Greet())).toEqual({ message: "later" });
  });
});

describe("handle", () => {
  it("resolves to the same event, answered", async () => {
    const event = new Greet({ name: "Ada" });

    expect(await createTestHost().register(greeter).handle(event)).toBe(event);
    expect(event).toMatchObject({ handled: true, output: { message: "Hello, Ada!" } });
  });

  it("takes an event that nobody handles as no error", async () => {
    expect(await createTestHost().handle(new Greet())).toMatchObject({ handled: false, output: undefined });
  });

  it("clears the answer of an earlier dispatch", async () => {
    const event = await createTestHost().register(greeter).handle(new Greet());

    expect(await createTestHost().handle(event)).toMatchObject({ handled: false, output: undefined });
  });

  it("refuses what is no event", async () => {
    await expect(createTestHost().handle({ name: "test.greet" } as never)).rejects.toThrow(
      "only instances of classes made by defineEvent are dispatched, not object",
    );
    await expect(createTestHost().handle(undefined as never)).rejects.toThrow(ConfigurationError);
  });

  it("handles subclasses of an event like the event", async () => {
    class SpecialGreet extends Greet {}

    expect(
      await createTestHost()
        .register(greeter)
        .send(new SpecialGreet({ name: "Ada" })),
    ).toEqual({
      message: "Hello, Ada!",
    });
  });
});

describe("handleSync", () => {
  const syncGreeter = defineModule({ name: "greeter" }, (module) => {
    module.handle(Greet, ({ input }) => ({ message: input.name }));
  });

  it("returns the answered event without waiting", () => {
    expect(
      createTestHost()
        .register(syncGreeter)
        .handleSync(new Greet({ name: "Ada" })).output,
    ).toEqual({
      message: "Ada",
    });
  });

  it("throws what handle rejects with", () => {
    const error = new Error("a bug");

    expect(() => hostAnswering(throwing(error)).handleSync(new Greet())).toThrow(EventHandlingError);
  });

  it("refuses a handler that turns out to be asynchronous", () => {
    const host = createTestHost().register(greeter);

    expect(() => host.handleSync(new Greet())).toThrow(AsyncHandlerError);
    expect(host.eventsInProgress.size).toBe(0);
  });

  it("aborts the signal of a handler that it does not wait for", () => {
    let signal: AbortSignal | undefined;
    const host = createTestHost().register(
      defineModule({ name: "waiter" }, (module) => {
        module.handle(Ping, (_event, context) => {
          signal = context.signal;
          return new Promise(() => {});
        });
      }),
    );

    expect(() => host.handleSync(new Ping())).toThrow(AsyncHandlerError);
    expect(signal?.aborted).toBe(true);
  });

  it("leaves no unhandled rejection behind when such a handler fails later", async () => {
    const host = hostAnswering((() => Promise.reject(new Error("later"))) as never);

    expect(() => host.handleSync(new Greet())).toThrow(AsyncHandlerError);
    await new Promise((resolve) => setImmediate(resolve));
  });
});

describe("what a handler throws", () => {
  it("reaches the caller as an EventHandlingError with its cause, event and module", async () => {
    const event = new Greet({ name: "bug" });
    const error = await createTestHost()
      .register(greeter)
      .send(event)
      .catch((thrown) => thrown);

    expect(error).toBeInstanceOf(EventHandlingError);
    expect(error).toMatchObject({
      code: "EVENT_HANDLING",
      message: 'module "greeter" failed to handle "test.greet": a bug',
      event,
    });
    expect(error.module.metadata.name).toBe("greeter");
    expect(error.cause).toBeInstanceOf(TypeError);
    expect(error.originalError).toBe(error.cause);
  });

  it("reaches the caller as itself when the contract declares it", async () => {
    const error = await createTestHost()
      .register(greeter)
      .send(new Greet({ name: "rude" }))
      .catch((thrown) => thrown);

    expect(error).toBeInstanceOf(DeclaredError);
    expect(Greet.isError(error, "TOO_RUDE") && error.data.word).toBe("rude");
  });

  it("is wrapped when another event's contract declares it", async () => {
    const host = createTestHost()
      .register(greeter)
      .register(
        defineModule({ name: "pinger" }, (module) => {
          module.handle(Ping, (_event, context) => context.host.send(new Greet({ name: "rude" })));
        }),
      );

    const error = await host.send(new Ping()).catch((thrown) => thrown);

    expect(error).toBeInstanceOf(EventHandlingError);
    expect(error.cause).toBeInstanceOf(DeclaredError);
  });

  it("is wrapped when no contract declares its code", async () => {
    const host = createTestHost().register(
      defineModule({ name: "greeter" }, (module) => {
        module.handle(Greet, (_event, { fail }) => {
          throw fail("UNKNOWN" as never, {} as never);
        });
      }),
    );

    await expect(host.send(new Greet())).rejects.toThrow(EventHandlingError);
  });

  it("reaches the caller as itself when it is an APIError", async () => {
    await expect(
      createTestHost()
        .register(greeter)
        .send(new Greet({ name: "missing" })),
    ).rejects.toMatchObject({
      status: 404,
      code: "NOT_FOUND",
      message: 'user "missing" not found',
    });
  });

  it.each([["a string"], [undefined], [null]])("is wrapped also when it is %j", async (thrown) => {
    const error = await hostAnswering(throwing(thrown))
      .send(new Greet())
      .catch((caught) => caught);

    expect(error).toBeInstanceOf(EventHandlingError);
    expect(error.cause).toBe(thrown);
  });

  it("never falls through to the next module", async () => {
    const next = vi.fn(() => ({ message: "next" }));
    const host = hostAnswering(throwing(new Error("a bug"))).register(
      defineModule({ name: "next" }, (module) => module.handle(Greet, next)),
    );

    await expect(host.send(new Greet())).rejects.toThrow(EventHandlingError);
    expect(next).not.toHaveBeenCalled();
  });

  it("shows neither the event's input nor the module's insides when the error is logged as JSON", async () => {
    const event = new Greet({ name: "secret" });
    const error = await hostAnswering(throwing(new Error("a bug")))
      .send(event)
      .catch((caught) => caught);

    expect(JSON.stringify(error)).toBe('{"name":"EventHandlingError","code":"EVENT_HANDLING"}');
  });
});

describe("a host that does not propagate exceptions", () => {
  const options = { propagateExceptions: false };

  it("gives the event back unhandled after a failure", async () => {
    const host = hostAnswering(throwing(new Error("a bug")), options);

    expect(await host.handle(new Greet())).toMatchObject({ handled: false, output: undefined });
    expect(host.handleSync(new Greet())).toMatchObject({ handled: false });
  });

  it("rejects send all the same", async () => {
    await expect(hostAnswering(throwing(new Error("a bug")), options).send(new Greet())).rejects.toThrow(
      "a bug",
    );
  });

  it.each([
    { what: "declared errors", name: "rude" },
    { what: "APIErrors", name: "missing" },
  ])("passes $what on, which are answers", async ({ name }) => {
    await expect(createTestHost(options).register(greeter).handle(new Greet({ name }))).rejects.not.toThrow(
      EventHandlingError,
    );
  });

  it("passes on what a middleware refuses", async () => {
    const host = createTestHost({ ...options, middleware: [throwing(new Error("refused"))] }).register(
      greeter,
    );

    await expect(host.handle(new Greet())).rejects.toThrow("refused");
  });
});

describe("several modules", () => {
  const answering = (name: string, answer: () => unknown) =>
    defineModule({ name }, (module) => module.handle(Greet, answer as never));

  it("are asked in the order of their registration until one answers", async () => {
    const host = createTestHost()
      .register(answering("first", () => SKIP))
      .register(answering("second", async () => SKIP))
      .register(answering("third", () => ({ message: "third" })))
      .register(answering("fourth", () => ({ message: "fourth" })));

    expect(await host.send(new Greet())).toEqual({ message: "third" });
  });

  it("leave the event unhandled when all decline", async () => {
    const host = createTestHost()
      .register(answering("first", async () => SKIP))
      .register(answering("second", () => SKIP));

    expect(await host.handle(new Greet())).toMatchObject({ handled: false, output: undefined });
  });
});

describe("the open form", () => {
  class OpenGreeter extends Module {
    static override readonly metadata = { name: "open", description: "Greets openly", version: "1.0.0" };
    canHandle(event: AnyEvent) {
      return event instanceof Greet;
    }
    handle(event: AnyEvent): unknown {
      if (event instanceof Greet && event.input.name !== "nobody") {
        event.output = { message: `Hi, ${event.input.name}` };
        event.handled = true;
      }
      return undefined;
    }
  }

  it("handles by setting output and handled", async () => {
    expect(
      await createTestHost()
        .register(new OpenGreeter())
        .send(new Greet({ name: "Ada" })),
    ).toEqual({
      message: "Hi, Ada",
    });
  });

  it("declines by leaving handled false", async () => {
    const host = createTestHost().register(new OpenGreeter()).register(greeter);

    expect(await host.send(new Greet({ name: "nobody" }))).toEqual({ message: "Hello, nobody!" });
  });

  it("may be asynchronous", async () => {
    class Slow extends OpenGreeter {
      override async handle(event: AnyEvent) {
        await Promise.resolve();
        super.handle(event);
      }
    }

    expect(
      await createTestHost()
        .register(new Slow())
        .send(new Greet({ name: "Ada" })),
    ).toEqual({
      message: "Hi, Ada",
    });
  });

  it("names its module when it throws, in canHandle too", async () => {
    class Broken extends Module {
      canHandle(): boolean {
        throw new Error("cannot say");
      }
      handle() {}
    }

    await expect(createTestHost().register(new Broken()).send(new Greet())).rejects.toThrow(
      'module "Broken" failed to handle "test.greet": cannot say',
    );
  });
});

describe("canHandle", () => {
  it("says whether a module would be asked", () => {
    const host = createTestHost().register(greeter);

    expect(host.canHandle(new Greet())).toBe(true);
    expect(host.canHandle(new Ping())).toBe(false);
  });
});

describe("middleware", () => {
  it("runs in use order around every dispatch, also of events that nobody handles", async () => {
    const steps: string[] = [];
    const step = (name: string) => async (_event: AnyEvent, next: () => unknown) => {
      steps.push(`${name} in`);
      await next();
      steps.push(`${name} out`);
    };
    const host = createTestHost({ middleware: [step("first")] }).use(step("second"));

    await host.handle(new Greet());

    expect(steps).toEqual(["first in", "second in", "second out", "first out"]);
  });

  it("sees the answer after next, and may change it", async () => {
    const host = createTestHost()
      .register(greeter)
      .use(async (event, next) => {
        await next();
        event.output = { message: `${(event.output as { message: string }).message} (twice)` };
      });

    expect(await host.send(new Greet({ name: "Ada" }))).toEqual({ message: "Hello, Ada! (twice)" });
  });

  it("answers in a handler's stead by setting output and handled", async () => {
    const host = createTestHost()
      .register(greeter)
      .use((event) => {
        event.output = { message: "cached" };
        event.handled = true;
      });

    expect(host.handleSync(new Greet()).output).toEqual({ message: "cached" });
  });

  it("keeps a synchronous dispatch synchronous when it is synchronous itself", () => {
    const host = hostAnswering((() => ({ message: "now" })) as never).use((_event, next) => next());

    expect(host.handleSync(new Greet()).output).toEqual({ message: "now" });
  });

  it("sees a handler's failure as the caller will see it, and may answer instead", async () => {
    let seen: unknown;
    const host = hostAnswering(throwing(new Error("a bug"))).use(async (event, next) => {
      try {
        await next();
      } catch (error) {
        seen = error;
        event.output = { message: "sorry" };
        event.handled = true;
      }
    });

    expect(await host.send(new Greet())).toEqual({ message: "sorry" });
    expect(seen).toBeInstanceOf(EventHandlingError);
  });

  it("reaches the caller with its own error", async () => {
    const error = new Error("refused");

    await expect(createTestHost({ middleware: [throwing(error)] }).handle(new Greet())).rejects.toBe(error);
  });

  it("applies to events whose way was composed before", async () => {
    const host = createTestHost().register(greeter);
    await host.send(new Greet());
    const recorder = recordEvents(host);

    await host.send(new Greet());

    expect(recorder.of(Greet)).toHaveLength(1);
  });
});

describe("output validation", () => {
  const wrong = () => ({ message: 42 }) as never;

  it("is off in a plain host", async () => {
    expect(await hostAnswering(wrong, { validateOutput: false }).send(new Greet())).toEqual({ message: 42 });
  });

  it("names the event, the field and what was expected", async () => {
    const error = await hostAnswering(wrong)
      .send(new Greet())
      .catch((thrown) => thrown);

    expect(error).toBeInstanceOf(OutputValidationError);
    expect(error.message).toContain('output of "test.greet" is invalid: message: ');
  });

  it("judges and never replaces", async () => {
    const answer = { message: "Hello", more: true };

    expect(await hostAnswering(() => answer as never).send(new Greet())).toBe(answer);
  });

  it("judges each item of a stream", async () => {
    class Count extends defineEvent("test.count", { output: z.number(), stream: true }) {}
    const host = createTestHost().register(
      defineModule({ name: "counter" }, (module) => {
        module.handle(Count, async function* () {
          yield 1;
          yield "two" as never;
        });
      }),
    );

    const items: number[] = [];
    const consume = async () => {
      for await (const item of await host.send(new Count())) items.push(item);
    };

    await expect(consume()).rejects.toThrow(OutputValidationError);
    expect(items).toEqual([1]);
  });
});

describe("hooks", () => {
  it("run at the start and the end of each dispatch, whatever its end", async () => {
    const calls: unknown[] = [];
    const host = createTestHost({
      onEventStart: (event) => calls.push(["start", event.name]),
      onEventEnd: (event, handled) => calls.push(["end", event.name, handled]),
    }).register(greeter);

    await host.handle(new Greet());
    await host.handle(new Ping());
    await host.handle(new Greet({ name: "bug" })).catch(() => {});

    expect(calls).toEqual([
      ["start", "test.greet"],
      ["end", "test.greet", true],
      ["start", "test.ping"],
      ["end", "test.ping", false],
      ["start", "test.greet"],
      ["end", "test.greet", false],
    ]);
  });

  it("get the handler's own error", async () => {
    const onError = vi.fn();
    const error = new Error("a bug");
    const event = new Greet();

    await hostAnswering(throwing(error), { onError })
      .handle(event)
      .catch(() => {});

    expect(onError.mock.calls).toEqual([[error, event]]);
  });

  it("hear nothing of errors that are answers", async () => {
    const onError = vi.fn();
    const host = createTestHost({ onError }).register(greeter);

    await host.handle(new Greet({ name: "rude" })).catch(() => {});
    await host.handle(new Greet({ name: "missing" })).catch(() => {});

    expect(onError).not.toHaveBeenCalled();
  });

  it("break nothing when they throw, now or later, and are logged", async () => {
    const error = vi.fn();
    const logger = { trace() {}, debug() {}, info() {}, warn() {}, fatal() {}, error, child: () => logger };
    const host = createTestHost({
      logger,
      logLevel: "error",
      onEventStart: throwing(new Error("start")),
      onEventEnd: (async () => {
        throw new Error("end");
      }) as never,
    }).register(greeter);

    expect(await host.send(new Greet())).toEqual({ message: "Hello, World!" });
    await Promise.resolve();
    expect(error.mock.calls.map(([, message]) => message)).toEqual([
      "the hook onEventStart failed",
      "the hook onEventEnd failed",
    ]);
  });
});

describe("metrics", () => {
  it("are undefined unless they are enabled", () => {
    expect(createTestHost().metrics).toBeUndefined();
  });

  it("count each dispatch once for what became of it", async () => {
    const host = createTestHost({ enableMetrics: true }).register(greeter);

    for (const name of ["Ada", "Bob", "rude", "missing", "bug"]) {
      await host.handle(new Greet({ name })).catch(() => {});
    }
    await host.handle(new Ping());

    expect(host.metrics?.toJSON()).toMatchObject({
      eventsDispatched: 6,
      eventsHandled: 4, // An error that the contract declares is an answer, and so is a 404.
      eventsUnhandled: 1,
      eventsFailed: 1,
      eventsRetried: 0,
      eventsRateLimited: 0,
      eventsCircuitBroken: 0,
      eventsDeadLettered: 0,
      modulesRegistered: 1,
    });
  });
});

describe("eventsInProgress", () => {
  it("holds what is being handled, oldest first, by id", async () => {
    const waiting: (() => void)[] = [];
    const host = createTestHost().register(
      defineModule({ name: "waiter" }, (module) => {
        module.handle(Ping, () => new Promise<void>((resolve) => waiting.push(resolve)));
      }),
    );
    const [first, second, third] = [new Ping(), new Ping(), new Ping()];
    const dispatches = [first, second, third].map((event) => host.handle(event));

    expect([...host.eventsInProgress.keys()]).toEqual([first.id, second.id, third.id]);
    waiting[1]?.();
    await dispatches[1];
    expect([...host.eventsInProgress.values()]).toEqual([first, third]);
    waiting[0]?.();
    waiting[2]?.();
    await Promise.all(dispatches);
    expect(host.eventsInProgress.size).toBe(0);
  });
});

describe("an APIError", () => {
  it("may not carry a code of ours", () => {
    expect(() => new APIError(400, "EVENT_TIMEOUT", "mine")).toThrow(
      "an APIError may not use the code EVENT_TIMEOUT",
    );
  });
});

describe("a plain host", () => {
  it("needs no options", async () => {
    await expect(new ModuleHost().register(greeter).send(new Greet())).resolves.toEqual({
      message: "Hello, World!",
    });
  });
});

import {
  type AnyEvent,
  ConfigurationError,
  defineEvent,
  defineModule,
  HostClosedError,
  Module,
  type ModuleBuilder,
  ModuleHost,
  ModuleRegistrationError,
  module,
  type Policies,
} from "tsmodules";
import { DeadLetterQueue, type DeadLetterStore } from "tsmodules/resilience";
import { createTestHost, FakeClock } from "tsmodules/testing";
import { describe, expect, it, vi } from "vitest";
import { z } from "zod";

class Ping extends defineEvent("test.ping", { output: z.string() }) {}

const pinger = defineModule({ name: "pinger" }, (module) => module.handle(Ping, () => "pong"));

/** A promise and what settles it. */
const gate = () => Promise.withResolvers<void>();

describe("register", () => {
  it("chains, and lists the modules in order", () => {
    class Second extends Module {}
    const host = createTestHost().register(pinger).register(new Second());

    expect(host.modules.map(({ metadata }) => metadata.name)).toEqual(["pinger", "Second"]);
  });

  it("refuses a name that is taken", () => {
    const host = createTestHost().register(pinger);

    expect(() => host.register(pinger)).toThrow(ModuleRegistrationError);
    expect(() => host.register(pinger)).toThrow('module "pinger" was not registered: its name is taken');
  });

  it("takes one definition into any number of hosts, setting it up anew", async () => {
    const counting = defineModule({ name: "counting" }, (module) => {
      let count = 0;
      module.handle(Ping, () => String(++count));
    });
    const [one, two] = [createTestHost().register(counting), createTestHost().register(counting)];

    expect([await one.send(new Ping()), await one.send(new Ping()), await two.send(new Ping())]).toEqual([
      "1",
      "2",
      "1",
    ]);
  });

  it("takes a class instance into one host only", () => {
    class Single extends Module {}
    const single = new Single();
    createTestHost().register(single);

    expect(() => createTestHost().register(single)).toThrow("this instance is registered in a host already");
  });

  it("gives a module its host until it ends", async () => {
    class Knowing extends Module {}
    const knowing = new Knowing();
    expect(knowing.host).toBeUndefined();

    const host = createTestHost().register(knowing);
    expect(knowing.host).toBe(host);

    await host.unregister(knowing);
    expect(knowing.host).toBeUndefined();
  });

  it.each([
    ["a class", class Greeter extends Module {}, "the class Greeter itself: write new Greeter()"],
    ["a factory", () => pinger, "a function: call it, if it makes a module"],
    ["anything else", {}, "object"],
    ["nothing", undefined, "undefined"],
  ])("refuses %s, and says what it takes", (_what, source, reason) => {
    const register = () => createTestHost().register(source as never);

    expect(register).toThrow(ConfigurationError);
    expect(register).toThrow(`or an instance of a Module class, not ${reason}`);
  });

  it("takes a module out again when its setup throws", () => {
    const host = createTestHost();
    const broken = defineModule({ name: "broken" }, () => {
      throw new Error("no luck");
    });

    expect(() => host.register(broken)).toThrow(
      'module "broken" was not registered: its setup failed: no luck',
    );
    expect(host.modules).toEqual([]);
  });

  it("refuses a setup that is asynchronous", () => {
    const host = createTestHost();

    expect(() => host.register(defineModule({ name: "late" }, (async () => {}) as never))).toThrow(
      "its setup is asynchronous; do what has to wait in onLoad",
    );
  });

  it("refuses handlers that are attached after the setup", () => {
    let builder: ModuleBuilder | undefined;
    createTestHost().register(
      defineModule({ name: "leaky" }, (module) => {
        builder = module;
      }),
    );

    expect(() => builder?.handle(Ping, () => "pong")).toThrow(
      'module "leaky" attached a handler after its setup',
    );
  });

  it("takes a module out again when its onLoad throws", () => {
    class Broken extends Module {
      override onLoad() {
        throw new Error("no luck");
      }
    }
    const broken = new Broken();
    const host = createTestHost();

    expect(() => host.register(broken)).toThrow(
      'module "Broken" was not registered: it failed to load: no luck',
    );
    expect(host.modules).toEqual([]);
    expect(broken.host).toBeUndefined();
  });

  it("refuses two contracts under one name, naming both modules", () => {
    class OtherPing extends defineEvent("test.ping") {}
    const other = defineModule({ name: "other" }, (module) => module.handle(OtherPing, () => {}));
    const host = createTestHost().register(pinger);

    expect(() => host.register(other)).toThrow(ConfigurationError);
    expect(() => host.register(other)).toThrow(
      'two events are named "test.ping": the one of module "pinger" and the one of module "other"',
    );
    expect(host.modules).toHaveLength(1);
  });

  it("refuses to dispatch an event under the name of another one", async () => {
    class OtherPing extends defineEvent("test.ping") {}

    await expect(createTestHost().register(pinger).handle(new OtherPing())).rejects.toThrow(
      ConfigurationError,
    );
  });

  it("names a policy that is wrong, and what was expected", () => {
    const wrong = defineModule({ name: "wrong" }, (module) =>
      module.handle(Ping, () => "pong", { timeoutMs: -1, maxConcurrency: 0.5 }),
    );

    expect(() => createTestHost().register(wrong)).toThrow(
      'module "wrong", handler of "test.ping": maxConcurrency must be a positive integer, or false, not 0.5',
    );
  });

  it("refuses half of the open form", () => {
    class Half extends Module {
      canHandle() {
        return true;
      }
    }

    expect(() => createTestHost().register(new Half())).toThrow("canHandle and handle go together");
  });
});

describe("a class module", () => {
  it("may attach handlers in setup, beside the open form", async () => {
    class Other extends defineEvent("test.other", { output: z.string() }) {}
    class Both extends Module {
      setup(builder: ModuleBuilder) {
        builder.handle(Ping, () => "by setup");
      }
      canHandle(event: AnyEvent) {
        return event instanceof Other;
      }
      handle(event: AnyEvent) {
        event.output = "by handle";
        event.handled = true;
      }
    }
    const host = createTestHost().register(new Both());

    expect([await host.send(new Ping()), await host.send(new Other())]).toEqual(["by setup", "by handle"]);
  });

  it("takes its metadata from the decorator", () => {
    class Decorated extends Module {}
    module({ name: "decorated", description: "By decorator" })(Decorated);

    expect(new Decorated().metadata).toEqual({ name: "decorated", description: "By decorator" });
  });
});

describe("loading", () => {
  it("lets dispatches wait by themselves", async () => {
    const loaded = gate();
    const host = createTestHost().register(
      defineModule({ name: "slow" }, (module) => {
        module.onLoad(() => loaded.promise);
        module.handle(Ping, () => "pong");
      }),
    );
    const answer = host.send(new Ping());
    let ready = false;
    const readiness = host.ready().then(() => {
      ready = true;
    });

    await Promise.resolve();
    expect(ready).toBe(false);
    loaded.resolve();
    await readiness;
    expect(await answer).toBe("pong");
  });

  it("loads one module after the other", async () => {
    const steps: string[] = [];
    const slow = gate();
    const loading = (name: string, wait?: Promise<void>) =>
      defineModule({ name }, (module) => {
        module.onLoad(async () => {
          steps.push(`${name} begins`);
          await wait;
          steps.push(`${name} ends`);
        });
      });
    const host = createTestHost().register(loading("first", slow.promise)).register(loading("second"));

    slow.resolve();
    await host.ready();

    expect(steps).toEqual(["first begins", "first ends", "second begins", "second ends"]);
  });

  it("lets a module dispatch while it loads, to itself too", async () => {
    let answer: string | undefined;
    const host = createTestHost().register(
      defineModule({ name: "eager" }, (module) => {
        module.handle(Ping, () => "pong");
        module.onLoad(async (context) => {
          answer = await context.host.send(new Ping());
        });
      }),
    );

    await host.ready();

    expect(answer).toBe("pong");
  });

  it("rejects ready, and takes the module out, when an asynchronous onLoad fails", async () => {
    const host = createTestHost().register(
      defineModule({ name: "broken" }, (module) => {
        module.onLoad(() => Promise.reject(new Error("no database")));
        module.handle(Ping, () => "pong");
      }),
    );

    await expect(host.ready()).rejects.toThrow(
      'module "broken" was not registered: it failed to load: no database',
    );
    expect(host.modules).toEqual([]);
  });

  it("tells who waits for a module that failed to load why nobody handled the event", async () => {
    const host = createTestHost().register(
      defineModule({ name: "broken" }, (module) => {
        module.onLoad(() => Promise.reject(new Error("no database")));
        module.handle(Ping, () => "pong");
      }),
    );

    await expect(host.send(new Ping())).rejects.toThrow(
      'no module handled "test.ping"; module "broken" was not registered: it failed to load: no database',
    );
  });

  it("forgets the failure once the module is registered again", async () => {
    let attempts = 0;
    const flaky = defineModule({ name: "flaky" }, (module) => {
      module.onLoad(async () => {
        if (++attempts === 1) throw new Error("not yet");
      });
    });
    const host = createTestHost().register(flaky);
    await host.ready().catch(() => {});

    await expect(host.register(flaky).ready()).resolves.toBeUndefined();
  });

  it("refuses handleSync meanwhile", () => {
    const host = createTestHost().register(
      defineModule({ name: "slow" }, (module) => module.onLoad(() => gate().promise)),
    );

    expect(() => host.handleSync(new Ping())).toThrow(
      '"test.ping" cannot be handled synchronously, because modules are still loading',
    );
  });
});

describe("unregister", () => {
  it("takes the module out at once and unloads it", async () => {
    const onUnload = vi.fn();
    const leaving = defineModule({ name: "leaving" }, (module) => {
      module.handle(Ping, () => "pong");
      module.onUnload(onUnload);
    });
    const host = createTestHost().register(leaving);
    await host.send(new Ping());

    const unregistered = host.unregister(leaving);

    expect(host.canHandle(new Ping())).toBe(false);
    expect(await unregistered).toBe(true);
    expect(onUnload).toHaveBeenCalledOnce();
    expect(await host.unregister(leaving)).toBe(false);
  });

  it("lets the module end what it has in hand before it unloads", async () => {
    const steps: string[] = [];
    const { promise, resolve } = gate();
    const busy = defineModule({ name: "busy" }, (module) => {
      module.handle(Ping, async () => {
        await promise;
        steps.push("handled");
        return "pong";
      });
      module.onUnload(() => void steps.push("unloaded"));
    });
    const host = createTestHost().register(busy);
    const answer = host.send(new Ping());
    const unregistered = host.unregister(busy);
    resolve();

    expect(await answer).toBe("pong");
    await unregistered;
    expect(steps).toEqual(["handled", "unloaded"]);
  });

  it("unloads a module that is still in line to load only after it has loaded", async () => {
    const steps: string[] = [];
    const { promise, resolve } = gate();
    const slow = defineModule({ name: "slow" }, (module) => module.onLoad(() => promise));
    const inLine = defineModule({ name: "in line" }, (module) => {
      module.onLoad(() => void steps.push("loaded"));
      module.onUnload(() => void steps.push("unloaded"));
    });
    const host = createTestHost().register(slow).register(inLine);
    const unregistered = host.unregister(inLine);
    resolve();
    await unregistered;

    expect(steps).toEqual(["loaded", "unloaded"]);
  });

  it("leaves a module alone that took the name of one that failed to load after it was taken out", async () => {
    const { promise, reject } = Promise.withResolvers<void>();
    const broken = defineModule({ name: "pinger" }, (module) => module.onLoad(() => promise));
    const host = createTestHost().register(broken);
    const unregistered = host.unregister(broken);
    host.register(pinger);
    reject(new Error("no luck"));
    await unregistered;

    expect(await host.send(new Ping())).toBe("pong");
    await host.ready();
  });

  it("only logs what onUnload throws", async () => {
    const broken = defineModule({ name: "broken" }, (module) => {
      module.onUnload(() => {
        throw new Error("stuck");
      });
    });

    await expect(createTestHost().register(broken).unregister(broken)).resolves.toBe(true);
  });
});

describe("close", () => {
  it("has dead letters stored until it is too late, and says which were not", async () => {
    const clock = new FakeClock();
    const add = vi.fn(async () => Promise.reject(new Error("the database is away")));
    const store: DeadLetterStore = { add, remove: () => {}, list: () => [] };
    const error = vi.fn();
    const logger = { trace() {}, debug() {}, info() {}, warn() {}, fatal() {}, error, child: () => logger };
    const deadLetterQueue = new DeadLetterQueue({ store });
    const host = createTestHost({
      deadLetterQueue,
      propagateExceptions: false,
      logger,
      logLevel: "error",
      clock,
    });
    host.register(
      defineModule({ name: "jobs" }, (module) => {
        module.handle(Ping, () => {
          throw new Error("down");
        });
      }),
    );
    await host.handle(new Ping());
    const closed = host.close({ timeoutMs: 1_000 });
    await new Promise(setImmediate);
    const before = add.mock.calls.length;
    await clock.advance(250);
    expect(add.mock.calls.length).toBeGreaterThan(before);
    await clock.advance(750);
    await closed;
    const [letter] = deadLetterQueue.entries;
    expect(error.mock.calls.at(-1)).toEqual([
      { letters: [{ id: letter?.id, event: "test.ping" }], removals: 0 },
      "the host closes with dead letters that were not stored, or not removed",
    ]);
    expect(error.mock.calls[1]?.[1]).toBe("the store of the dead-letter queue failed");
  });

  it("goes on with dead letters of a module that was unregistered while its store hung", async () => {
    const clock = new FakeClock();
    const kept: string[] = [];
    const { promise: away, resolve: comeBack } = Promise.withResolvers<void>();
    const add = async ({ eventName }: { readonly eventName: string }) => {
      await away;
      kept.push(eventName);
    };
    const store: DeadLetterStore = { add, remove: () => {}, list: () => [] };
    const jobs = defineModule({ name: "jobs", policies: { deadLetterQueue: { store } } }, (module) => {
      module.handle(Ping, () => {
        throw new Error("down");
      });
    });
    const host = createTestHost({ propagateExceptions: false, clock }).register(jobs);
    await host.handle(new Ping());
    const unregistered = host.unregister(jobs);
    await new Promise(setImmediate);
    await clock.advance(1_000);
    expect(await unregistered).toBe(true);
    const closed = host.close();
    comeBack();
    await closed;
    expect(kept).toEqual(["test.ping"]);
  });

  it.each(["host", "module", "handler", "module that is unregistered"])(
    "waits until the dead letters of a %s are stored",
    async (level) => {
      const { promise: written, resolve: write } = Promise.withResolvers<void>();
      const store: DeadLetterStore = { add: () => written, remove: () => {}, list: () => [] };
      const policiesOf = (one: string): Policies =>
        level.startsWith(one) ? { deadLetterQueue: { store } } : {};
      const onUnload = vi.fn();
      const jobs = defineModule({ name: "jobs", policies: policiesOf("module") }, (module) => {
        const fail = () => {
          throw new Error("down");
        };
        module.handle(Ping, fail, policiesOf("handler"));
        module.onUnload(onUnload);
      });
      const host = createTestHost({ ...policiesOf("host"), propagateExceptions: false }).register(jobs);
      await host.handle(new Ping());
      const closed = level.endsWith("unregistered") ? host.unregister(jobs) : host.close();
      await new Promise(setImmediate);
      expect(onUnload).not.toHaveBeenCalled();
      write();
      await closed;
      expect(onUnload).toHaveBeenCalled();
    },
  );

  it("refuses further events and registrations", async () => {
    const host = createTestHost().register(pinger);
    await host.close();

    await expect(host.send(new Ping())).rejects.toThrow(HostClosedError);
    expect(() => host.handleSync(new Ping())).toThrow('"test.ping" was not handled: the host is closed');
    expect(() => host.register(pinger)).toThrow("the host is closed");
  });

  it("unloads the modules in reverse order, each of them, also when one fails", async () => {
    const unloaded: string[] = [];
    const named = (name: string) =>
      defineModule({ name }, (module) => {
        module.onUnload(() => {
          unloaded.push(name);
          if (name === "second") throw new Error("stuck");
        });
      });
    const host = createTestHost().register(named("first")).register(named("second")).register(named("third"));

    await host.close();

    expect(unloaded).toEqual(["third", "second", "first"]);
    expect(host.modules).toEqual([]);
  });

  it("lets what runs end, and dispatch through its own host meanwhile", async () => {
    class Work extends defineEvent("test.work", { output: z.string() }) {}
    const { promise, resolve } = gate();
    const host = createTestHost()
      .register(pinger)
      .register(
        defineModule({ name: "worker" }, (module) => {
          module.handle(Work, async (_event, context) => {
            await promise;
            return context.host.send(new Ping());
          });
        }),
      );
    const answer = host.send(new Work());
    const closed = host.close();

    await expect(host.send(new Ping())).rejects.toThrow(HostClosedError);
    resolve();
    expect(await answer).toBe("pong");
    await closed;
  });

  it("aborts what still runs after the time limit", async () => {
    const clock = new FakeClock();
    let reason: unknown;
    const host = createTestHost({ clock }).register(
      defineModule({ name: "stuck" }, (module) => {
        module.handle(Ping, (_event, { signal }) => {
          return new Promise((_resolve, reject) => {
            signal.addEventListener("abort", () => {
              reason = signal.reason;
              reject(signal.reason);
            });
          });
        });
      }),
    );
    const answer = expect(host.send(new Ping())).rejects.toThrow(HostClosedError);
    const closed = host.close({ timeoutMs: 1_000 });

    await clock.advance(999);
    expect(reason).toBeUndefined();
    await clock.advance(1);
    await answer;
    expect(reason).toBeInstanceOf(HostClosedError);
    await closed;
  });

  it("does not wait for ever for a handler that ignores its signal", async () => {
    const clock = new FakeClock();
    const onUnload = vi.fn();
    const host = createTestHost({ clock }).register(
      defineModule({ name: "deaf" }, (module) => {
        module.handle(Ping, () => new Promise(() => {}));
        module.onUnload(onUnload);
      }),
    );
    void host.send(new Ping());
    const closed = host.close({ timeoutMs: 1_000 });

    await clock.advance(1_000);
    await closed;

    expect(onUnload).toHaveBeenCalledOnce();
  });

  it("rejects dispatches that wait for modules to load", async () => {
    const { promise, resolve } = gate();
    const host = createTestHost().register(
      defineModule({ name: "slow" }, (module) => {
        module.onLoad(() => promise);
        module.handle(Ping, () => "pong");
      }),
    );
    const answer = host.send(new Ping());
    const closed = host.close();

    await expect(answer).rejects.toThrow(HostClosedError);
    resolve();
    await closed;
  });

  it("happens once, however often it is asked for", async () => {
    const onUnload = vi.fn();
    const host = createTestHost().register(
      defineModule({ name: "once" }, (module) => module.onUnload(onUnload)),
    );

    await Promise.all([host.close(), host.close()]);
    await host[Symbol.asyncDispose]();

    expect(onUnload).toHaveBeenCalledOnce();
  });

  it("leaves no timer behind", async () => {
    const clock = new FakeClock();
    await createTestHost({ clock }).close();

    expect(clock.pending).toBe(0);
  });
});

describe("eventsOf", () => {
  it("gives the classes that a module handles by, and not those that it subscribes to", () => {
    class LoudPing extends Ping {}
    class Pinged extends defineEvent("test.pinged") {}
    const loud = defineModule({ name: "loud" }, (module) => {
      module.handle(LoudPing, () => "PONG");
      module.subscribe(Pinged, () => {});
    });
    const host = createTestHost().register(pinger).register(loud);

    expect([host.eventsOf(pinger), host.eventsOf(loud)]).toEqual([[Ping], [LoudPing]]);
  });

  it("knows no module that is not registered, nor one for its name alone", async () => {
    const host = createTestHost();
    const namesake = defineModule({ name: "pinger" }, () => {});

    expect(host.eventsOf(pinger)).toBeUndefined();
    host.register(pinger);
    expect(host.eventsOf(namesake)).toBeUndefined();
    await host.unregister(pinger);
    expect(host.eventsOf(pinger)).toBeUndefined();
  });
});

describe("the catalogue", () => {
  class Greet extends defineEvent("test.greet", {
    description: "Greets somebody",
    input: z.object({ name: z.string() }),
    output: z.object({ message: z.string() }),
    permissions: ["greetings:read"],
  }) {}

  it("tells what is handled and subscribed to, with JSON Schemas", () => {
    const host = createTestHost()
      .register(
        defineModule({ name: "greeter" }, (module) => module.handle(Greet, () => ({ message: "Hi" }))),
      )
      .register(defineModule({ name: "listener" }, (module) => module.subscribe(Greet, () => {})));

    expect(host.events).toMatchObject([
      {
        name: "test.greet",
        description: "Greets somebody",
        input: { type: "object", required: ["name"] },
        output: { type: "object", required: ["message"] },
        module: "greeter",
        subscribers: ["listener"],
        permissions: ["greetings:read"],
      },
    ]);
  });

  it("leaves out the JSON Schema that a schema library does not offer", () => {
    const schema = { "~standard": { version: 1, vendor: "test", validate: (value: unknown) => ({ value }) } };
    class Bare extends defineEvent("test.bare", { input: schema as never }) {}
    const host = createTestHost().register(
      defineModule({ name: "bare" }, (module) => module.handle(Bare, () => {})),
    );

    expect(host.events).toMatchObject([{ name: "test.bare", input: undefined, output: undefined }]);
  });

  it("forgets the events of modules that are gone", async () => {
    const host = createTestHost().register(pinger);
    await host.unregister(pinger);

    expect(host.events).toEqual([]);
  });
});

describe("options", () => {
  it("are checked together, each problem naming the option, what came and what was expected", () => {
    const create = () => new ModuleHost({ maxWorkers: 0, timeoutMs: "5s", maxWorker: 1 } as never);

    expect(create).toThrow(ConfigurationError);
    expect(create).toThrow("ModuleHost: maxWorkers must be a positive integer, not 0");
    expect(create).toThrow(
      'ModuleHost: timeoutMs must be a number of milliseconds above 0 and up to 2147483647, or false, not "5s"',
    );
    expect(create).toThrow("ModuleHost: unknown option maxWorker; there are ");
  });

  it("are there to be read, defaults included", () => {
    expect(new ModuleHost({ timeoutMs: 500 }).config).toMatchObject({
      timeoutMs: 500,
      maxWorkers: 4,
      propagateExceptions: true,
      enableMetrics: false,
    });
  });
});

describe("uptimeSeconds", () => {
  it("counts from the host's making", async () => {
    const clock = new FakeClock();
    const host = createTestHost({ clock });
    await clock.advance(1_500);

    expect(host.uptimeSeconds).toBe(1.5);
  });
});

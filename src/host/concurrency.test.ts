import { AsyncHandlerError, defineEvent, defineModule, HostClosedError } from "tsmodules";
import { createTestHost, FakeClock } from "tsmodules/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";

class Work extends defineEvent("test.work", { input: z.object({ name: z.string() }), output: z.string() }) {}
class Parent extends defineEvent("test.parent", { output: z.string() }) {}

/** A module whose work ends when the test says so, and what of it is running. */
function workshop(policies = {}) {
  const running = new Map<string, () => void>();
  const begun: string[] = [];
  const definition = defineModule({ name: "workshop" }, (module) => {
    module.handle(
      Work,
      ({ input: { name } }) => {
        begun.push(name);
        return new Promise<string>((resolve) => {
          running.set(name, () => {
            running.delete(name);
            resolve(name);
          });
        });
      },
      policies,
    );
    module.handle(Parent, (_event, context) => context.host.send(new Work({ name: "child" })));
  });
  return { definition, running, begun, end: (name: string) => running.get(name)?.() };
}

describe("maxConcurrency", () => {
  it.each([
    { level: "host", host: { maxConcurrency: 2 }, handler: {} },
    { level: "handler", host: {}, handler: { maxConcurrency: 2 } },
  ])(
    "of a $level lets so many run at once, and the others wait in order",
    async ({ host: options, handler }) => {
      const { definition, begun, running, end } = workshop(handler);
      const host = createTestHost(options).register(definition);
      const answers = ["a", "b", "c", "d"].map((name) => host.send(new Work({ name })));

      expect([...running.keys()]).toEqual(["a", "b"]);
      end("b");
      await answers[1];
      await Promise.resolve();
      expect([...running.keys()]).toEqual(["a", "c"]);
      end("a");
      end("c");
      await Promise.all([answers[0], answers[2]]);
      await Promise.resolve();
      end("d");

      expect(await Promise.all(answers)).toEqual(["a", "b", "c", "d"]);
      expect(begun).toEqual(["a", "b", "c", "d"]);
    },
  );

  it("of a module is shared by its handlers", async () => {
    class Other extends defineEvent("test.other", { output: z.string() }) {}
    const { promise, resolve } = Promise.withResolvers<string>();
    let others = 0;
    const host = createTestHost().register(
      defineModule({ name: "shared", policies: { maxConcurrency: 1 } }, (module) => {
        module.handle(Work, () => promise);
        module.handle(Other, () => `other ${++others}`);
      }),
    );
    const first = host.send(new Work({ name: "a" }));
    const second = host.send(new Other());
    await Promise.resolve();
    expect(others).toBe(0);
    resolve("done");

    expect(await Promise.all([first, second])).toEqual(["done", "other 1"]);
  });

  it("of the host takes no second slot for what is part of an admitted dispatch", async () => {
    const { definition, end } = workshop();
    const host = createTestHost({ maxConcurrency: 1 }).register(definition);
    const answer = host.send(new Parent());
    end("child");

    expect(await answer).toBe("child");
  });

  it("keeps the slot of a handler that was given up until it has really ended", async () => {
    const clock = new FakeClock();
    const { definition, running, end } = workshop({ maxConcurrency: 1, timeoutMs: 100 });
    const host = createTestHost({ clock }).register(definition);
    const first = host.send(new Work({ name: "first" })).catch((error) => error);
    await clock.advance(100);
    expect(await first).toMatchObject({ name: "EventTimeoutError" });

    const second = host.send(new Work({ name: "second" }));
    expect([...running.keys()]).toEqual(["first"]);
    end("first");
    await new Promise((resolve) => setImmediate(resolve));
    end("second");
    expect(await second).toBe("second");
  });

  it("lets who gave up leave the line", async () => {
    const { definition, begun, end } = workshop({ maxConcurrency: 1 });
    const host = createTestHost().register(definition);
    const controller = new AbortController();
    const first = host.send(new Work({ name: "first" }));
    const second = host.send(new Work({ name: "second" }), { signal: controller.signal });
    const third = host.send(new Work({ name: "third" }));
    controller.abort("gone");
    await expect(second).rejects.toBe("gone");
    end("first");
    await first;
    await Promise.resolve();
    end("third");

    expect(await third).toBe("third");
    expect(begun).toEqual(["first", "third"]);
  });

  it("rejects who waits when the host closes, and lets who runs end", async () => {
    const { definition, end } = workshop();
    const host = createTestHost({ maxConcurrency: 1 }).register(definition);
    const running = host.send(new Work({ name: "running" }));
    const waiting = host.send(new Work({ name: "waiting" }));
    const closed = host.close();

    await expect(waiting).rejects.toThrow(HostClosedError);
    end("running");
    expect(await running).toBe("running");
    await closed;
  });

  it("refuses to wait in handleSync", () => {
    const { definition } = workshop();
    const host = createTestHost({ maxConcurrency: 1 }).register(definition);
    void host.send(new Work({ name: "running" }));

    expect(() => host.handleSync(new Work({ name: "waiting" }))).toThrow(AsyncHandlerError);
    expect(host.eventsInProgress.size).toBe(1);
  });

  it("gives the slot back when the handler throws", async () => {
    const host = createTestHost({ maxConcurrency: 1 }).register(
      defineModule({ name: "broken" }, (module) => {
        module.handle(Work, ({ input: { name } }) => {
          if (name === "sync") throw new Error("a bug");
          return name === "async" ? Promise.reject(new Error("a bug")) : name;
        });
      }),
    );

    await expect(host.send(new Work({ name: "sync" }))).rejects.toThrow("a bug");
    await expect(host.send(new Work({ name: "async" }))).rejects.toThrow("a bug");
    expect(await host.send(new Work({ name: "fine" }))).toBe("fine");
  });
});

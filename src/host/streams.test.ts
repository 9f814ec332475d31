import { defineEvent, defineModule, type HandlerContext, type ModuleHostOptions } from "tsmodules";
import { createTestHost, FakeClock } from "tsmodules/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";

class Watch extends defineEvent("item.watch", { output: z.number(), stream: true }) {}
class Relay extends defineEvent("item.relay", { output: z.number(), stream: true }) {}
class First extends defineEvent("item.first", { output: z.number() }) {}

/** A host whose `Watch` gives one item and then waits for its signal; `ended` says why it did. */
function watching(options: ModuleHostOptions = {}, nested: { readonly timeoutMs?: number } = {}) {
  const clock = new FakeClock();
  const ended = Promise.withResolvers<unknown>();
  async function* watch(_event: Watch, { signal }: HandlerContext) {
    yield 1;
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    ended.resolve(signal.reason);
  }
  const host = createTestHost({ clock, ...options }).register(
    defineModule({ name: "items" }, (module) => {
      module.handle(Watch, watch);
      module.handle(Relay, async function* (_event, context) {
        yield* await context.host.send(new Watch(), nested);
      });
      module.handle(First, async (_event, context) => {
        for await (const item of await context.host.send(new Watch(), nested)) return item;
        return 0;
      });
    }),
  );
  return { clock, host, ended: ended.promise };
}

/** Reads the first item, and asks for the second. */
async function beginReading(items: AsyncIterable<number>) {
  const iterator = items[Symbol.asyncIterator]();
  expect((await iterator.next()).value).toBe(1);
  return iterator.next();
}

describe("the signal of a handler that streams", () => {
  it.each<[string, ModuleHostOptions]>([
    ["without limits", {}],
    ["with a time limit for each attempt", { timeoutMs: 100 }],
    ["with slots", { maxConcurrency: 1 }],
  ])("lives as long as the stream, on a host %s", async (_what, options) => {
    const { host, ended } = watching(options);
    const controller = new AbortController();
    const reading = beginReading(await host.send(new Watch(), { signal: controller.signal }));
    setImmediate(() => controller.abort("gone"));

    await expect(reading).rejects.toBe("gone");
    expect(await ended).toBe("gone");
  });

  it.each([{}, { timeoutMs: 1_000 }])(
    "ends with the one that it was dispatched from, told %j",
    async (nested) => {
      const { host, ended } = watching({}, nested);
      const controller = new AbortController();
      const reading = beginReading(await host.send(new Relay(), { signal: controller.signal }));
      setImmediate(() => controller.abort("gone"));

      await expect(reading).rejects.toBe("gone");
      expect(await ended).toBe("gone");
    },
  );
});

describe("the time limit of a stream", () => {
  it("of an attempt is that of its answer, and not of its items", async () => {
    const { clock, host } = watching({ timeoutMs: 100 });
    const items = await host.send(new Watch());
    await clock.advance(1_000);

    for await (const item of items) {
      expect(item).toBe(1);
      break;
    }
  });

  it("of a dispatch includes its items, also where it is part of another one", async () => {
    const { clock, host } = watching({}, { timeoutMs: 100 });
    const reading = beginReading(await host.send(new Relay())).catch((error) => error.cause);
    await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(100);

    expect(await reading).toMatchObject({ name: "EventTimeoutError", timeoutMs: 100 });
  });
});

it("a stream that is left has ended, and who began it goes on", async () => {
  const { host } = watching();

  expect(await host.send(new First())).toBe(1);
  expect(host.eventsInProgress.size).toBe(0);
});

it("a stream that is left before it began lets go of its signal", async () => {
  const { host } = watching();
  const controller = new AbortController();
  let listeners = 0;
  const { signal } = controller;
  const [add, remove] = [signal.addEventListener, signal.removeEventListener];
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    listeners++;
    add.apply(signal, args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    listeners--;
    remove.apply(signal, args);
  };
  const items = await host.send(new Watch(), { signal });
  await items[Symbol.asyncIterator]().return?.();

  expect(listeners).toBe(0);
});

it("an idempotency key gives nobody the stream that another one has read", async () => {
  class Count extends defineEvent("item.count", { output: z.number(), stream: true }) {}
  const host = createTestHost({ idempotency: {} }).register(
    defineModule({ name: "counter" }, (module) => {
      module.handle(Count, async function* () {
        yield 1;
      });
    }),
  );
  const read = async () => {
    const items: number[] = [];
    for await (const item of await host.send(new Count(undefined, { idempotencyKey: "a" }))) items.push(item);
    return items;
  };

  expect([await read(), await read()]).toEqual([[1], [1]]);
});

import { ConfigurationError, defineEvent, defineModule, HostClosedError } from "tsmodules";
import { Idempotency, MemoryIdempotencyStore } from "tsmodules/resilience";
import { createTestHost, FakeClock } from "tsmodules/testing";
import { describe, expect, it, vi } from "vitest";
import { z } from "zod";

class UserCreated extends defineEvent("user.created", { input: z.object({ id: z.string() }) }) {}

const created = () => new UserCreated({ id: "1" });

const subscriber = (name: string, take: (event: unknown) => unknown, policies = {}) =>
  defineModule({ name }, (module) => module.subscribe(UserCreated, take, policies));

const failing = (name: string, error: unknown) =>
  subscriber(name, () => {
    throw error;
  });

describe("publish", () => {
  it("gives the event to every subscriber, and reports it", async () => {
    const [first, second] = [vi.fn(), vi.fn(async () => {})];
    const host = createTestHost().register(subscriber("first", first)).register(subscriber("second", second));
    const event = created();

    expect(await host.publish(event)).toEqual({ delivered: 2, failed: [] });
    expect(first.mock.calls[0]?.[0]).toBe(event);
    expect(second).toHaveBeenCalledOnce();
    expect(event.handled).toBe(true);
  });

  it("never lets one failing subscriber stop another", async () => {
    const last = vi.fn();
    const error = new Error("a bug");
    const later = subscriber("later", async () => {
      throw error;
    });
    const host = createTestHost()
      .register(failing("first", error))
      .register(later)
      .register(subscriber("last", last));

    const report = await host.publish(created());

    expect(report.delivered).toBe(1);
    expect(report.failed.map(({ module, error }) => [module.metadata.name, error])).toEqual([
      ["first", error],
      ["later", error],
    ]);
    expect(last).toHaveBeenCalledOnce();
  });

  it("tells onError of each failure", async () => {
    const onError = vi.fn();
    const [first, second] = [new Error("first"), new Error("second")];
    const host = createTestHost({ onError }).register(failing("a", first)).register(failing("b", second));
    const event = created();

    await host.publish(event);

    expect(onError.mock.calls).toEqual([
      [first, event],
      [second, event],
    ]);
  });

  it("does not call handlers, nor handle the subscribers", async () => {
    const [handler, listener] = [vi.fn(), vi.fn()];
    const host = createTestHost().register(
      defineModule({ name: "both" }, (module) => {
        module.handle(UserCreated, handler);
        module.subscribe(UserCreated, listener);
      }),
    );

    await host.publish(created());
    expect([handler.mock.calls.length, listener.mock.calls.length]).toEqual([0, 1]);
    await host.handle(created());
    expect([handler.mock.calls.length, listener.mock.calls.length]).toEqual([1, 1]);
  });

  it("is one dispatch: handled if none failed, failed if any did, unhandled if there is none", async () => {
    const host = createTestHost({ enableMetrics: true });
    await host.publish(created());
    host.register(subscriber("first", () => {})).register(subscriber("second", () => {}));
    await host.publish(created());
    host.register(failing("third", new Error("a bug")));
    await host.publish(created());

    expect(host.metrics?.toJSON()).toMatchObject({
      eventsDispatched: 3,
      eventsUnhandled: 1,
      eventsHandled: 1,
      eventsFailed: 1,
    });
  });

  it("holds each subscriber to its own policies", async () => {
    let running = 0;
    let most = 0;
    const { promise, resolve } = Promise.withResolvers<void>();
    const slow = subscriber(
      "slow",
      async () => {
        most = Math.max(most, ++running);
        await promise;
        running--;
      },
      { maxConcurrency: 1 },
    );
    const quick = vi.fn();
    const host = createTestHost().register(slow).register(subscriber("quick", quick));
    const reports = [host.publish(created()), host.publish(created())];

    expect(quick).toHaveBeenCalledTimes(2);
    resolve();
    expect(await Promise.all(reports)).toEqual([
      { delivered: 2, failed: [] },
      { delivered: 2, failed: [] },
    ]);
    expect(most).toBe(1);
  });

  it("goes through the host's middleware", async () => {
    const seen: string[] = [];
    const host = createTestHost()
      .register(subscriber("first", () => void seen.push("subscriber")))
      .use(async (_event, next) => {
        seen.push("before");
        await next();
        seen.push("after");
      });

    expect(await host.publish(created())).toEqual({ delivered: 1, failed: [] });
    expect(seen).toEqual(["before", "subscriber", "after"]);
  });

  it("refuses a durable event, for which there is no outbox", async () => {
    class Paid extends defineEvent("order.paid", { durable: true }) {}

    await expect(createTestHost().publish(new Paid())).rejects.toThrow(ConfigurationError);
    await expect(createTestHost().publish(new Paid())).rejects.toThrow(
      'publishing "order.paid" needs an outbox, because it is durable',
    );
  });

  it("is refused by a closed host", async () => {
    const host = createTestHost();
    await host.close();

    await expect(host.publish(created())).rejects.toThrow(HostClosedError);
  });

  it("lets a module end what it was given before it unloads", async () => {
    const steps: string[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const slow = defineModule({ name: "slow" }, (module) => {
      module.subscribe(UserCreated, async () => {
        await promise;
        steps.push("taken");
      });
      module.onUnload(() => void steps.push("unloaded"));
    });
    const host = createTestHost()
      .register(slow)
      .register(subscriber("quick", () => {}));
    const report = host.publish(created());
    const unregistered = host.unregister(slow);
    resolve();

    await Promise.all([report, unregistered]);
    expect(steps).toEqual(["taken", "unloaded"]);
  });
});

describe("a published event with an idempotency key", () => {
  const keyed = () => new UserCreated({ id: "1" }, { idempotencyKey: "once" });

  it("is given once to each subscriber that has an idempotency with a store in common", async () => {
    const policies = { idempotency: { store: new MemoryIdempotencyStore(new FakeClock()) } };
    const takes = [vi.fn(), vi.fn(), vi.fn()] as const;
    // As two processes, or one after a restart, would have it.
    for (const host of [createTestHost(), createTestHost()]) {
      host.register(subscriber("one", takes[0], policies)).register(
        defineModule({ name: "two", policies }, (module) => {
          module.subscribe(UserCreated, takes[1]);
          module.subscribe(UserCreated, takes[2]);
        }),
      );
      expect(await host.publish(keyed())).toEqual({ delivered: 3, failed: [] });
    }
    expect(takes.map((take) => take.mock.calls.length)).toEqual([1, 1, 1]);
  });

  it("is given once to each subscriber under the host's idempotency where one of them wants none", async () => {
    const [first, second, always] = [vi.fn(), vi.fn(), vi.fn()];
    const host = createTestHost({ idempotency: {} })
      .register(subscriber("first", first))
      .register(subscriber("second", second))
      .register(subscriber("always", always, { idempotency: false }));
    for (let times = 0; times < 2; times++) await host.publish(keyed());
    expect([first, second, always].map((take) => take.mock.calls.length)).toEqual([1, 1, 2]);
  });

  it.each([
    { where: "its option", hostWith: (idempotency: Idempotency) => createTestHost({ idempotency }) },
    { where: "middleware", hostWith: ({ middleware }: Idempotency) => createTestHost().use(middleware) },
  ])(
    "is published though an event with that key was handled: the host has it as $where",
    async ({ hostWith }) => {
      const [handler, listener] = [vi.fn(), vi.fn()];
      const host = hostWith(new Idempotency({ clock: new FakeClock() })).register(
        defineModule({ name: "both" }, (module) => {
          module.handle(UserCreated, handler);
          module.subscribe(UserCreated, listener);
        }),
      );
      await host.handle(keyed());
      await host.publish(keyed());
      expect([handler.mock.calls.length, listener.mock.calls.length]).toEqual([1, 1]);
    },
  );
});

import { defineEvent, defineModule, EventHandlingError, EventTimeoutError } from "tsmodules";
import { createTestHost, FakeClock } from "tsmodules/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";

class Work extends defineEvent("test.work", { output: z.string() }) {}
class Quick extends defineEvent("test.quick", { output: z.string(), timeoutMs: 100 }) {}
class Parent extends defineEvent("test.parent", { output: z.string() }) {}

/** A host on a fake clock, whose handlers run until their signal aborts; it tells why they were. */
function hostOfSleepers(policies: { timeoutMs?: number | false } = {}, options = {}) {
  const clock = new FakeClock();
  const reasons: unknown[] = [];
  const sleep = (_event: unknown, { signal }: { signal: AbortSignal }) =>
    new Promise<string>((_resolve, reject) => {
      const abort = () => {
        reasons.push(signal.reason);
        reject(signal.reason);
      };
      if (signal.aborted) abort();
      else signal.addEventListener("abort", abort);
    });
  const host = createTestHost({ clock, ...options }).register(
    defineModule({ name: "sleeper" }, (module) => {
      module.handle(Work, sleep, policies);
      module.handle(Quick, sleep, policies);
      module.handle(Parent, (_event, context) => context.host.send(new Work()));
    }),
  );
  return { clock, host, reasons };
}

describe("a dispatch's signal", () => {
  it("aborts the dispatch with its reason, and the handler's signal too", async () => {
    const { host, reasons } = hostOfSleepers();
    const controller = new AbortController();
    const answer = host.send(new Work(), { signal: controller.signal });
    const reason = new Error("the caller left");
    controller.abort(reason);

    await expect(answer).rejects.toBe(reason);
    expect(reasons).toEqual([reason]);
  });

  it("rejects before any handler runs when it is aborted already", async () => {
    const { host, reasons } = hostOfSleepers();

    await expect(host.send(new Work(), { signal: AbortSignal.abort("gone") })).rejects.toBe("gone");
    expect(reasons).toEqual([]);
  });

  it("does not wait for a handler that ignores it", async () => {
    const controller = new AbortController();
    const host = createTestHost().register(
      defineModule({ name: "deaf" }, (module) => module.handle(Work, () => new Promise(() => {}))),
    );
    const answer = host.send(new Work(), { signal: controller.signal });
    controller.abort();

    await expect(answer).rejects.toMatchObject({ name: "AbortError" });
    expect(host.eventsInProgress.size).toBe(0);
  });

  it("is let go of when the dispatch has ended", async () => {
    const controller = new AbortController();
    let listeners = 0;
    const { signal } = controller;
    const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners++;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners--;
      remove(...args);
    };
    const host = createTestHost().register(
      defineModule({ name: "quick" }, (module) => module.handle(Work, async () => "done")),
    );

    await host.send(new Work(), { signal });

    expect(listeners).toBe(0);
  });

  it("reaches what the handler dispatches through its context", async () => {
    const { host, reasons } = hostOfSleepers();
    const controller = new AbortController();
    const answer = host.send(new Parent(), { signal: controller.signal });
    controller.abort("gone");

    await expect(answer).rejects.toBe("gone");
    expect(reasons).toEqual(["gone"]);
  });

  it.each([{}, { timeoutMs: 1_000 }])(
    "may be given by a function, and reaches as far, with %j",
    async (more) => {
      const { host, reasons } = hostOfSleepers();
      const controller = new AbortController();
      const answer = host.send(new Parent(), { signal: () => controller.signal, ...more });
      controller.abort("gone");

      await expect(answer).rejects.toBe("gone");
      expect(reasons).toEqual(["gone"]);
    },
  );

  it("leaves an event alone that is on its way again", async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const answers = [() => promise, () => "second"];
    const host = createTestHost({ middleware: [(_event, next) => next()] }).register(
      defineModule({ name: "late" }, (module) => module.handle(Work, () => answers.shift()?.() ?? "none")),
    );
    const controller = new AbortController();
    const event = new Work();
    const first = host.send(event, { signal: controller.signal });
    controller.abort("gone");
    await expect(first).rejects.toBe("gone");
    await host.send(event);
    resolve("first");
    await promise;
    await Promise.resolve();

    expect(event.output).toBe("second");
  });
});

describe("a dispatch's time limit", () => {
  it("rejects with EventTimeoutError and aborts the handler", async () => {
    const { clock, host, reasons } = hostOfSleepers();
    const answer = host.send(new Work(), { timeoutMs: 1_000 }).catch((error) => error);
    await clock.advance(999);
    expect(reasons).toEqual([]);
    await clock.advance(1);

    expect(await answer).toBeInstanceOf(EventTimeoutError);
    expect(await answer).toMatchObject({ timeoutMs: 1_000, message: '"test.work" took longer than 1000 ms' });
    expect(reasons).toEqual([await answer]);
  });

  it("is inherited: what the handler dispatches has the time that is left", async () => {
    const { clock, host, reasons } = hostOfSleepers();
    const answer = host.send(new Parent(), { timeoutMs: 1_000 }).catch((error) => error);
    await clock.advance(1_000);

    expect(await answer).toMatchObject({ message: '"test.parent" took longer than 1000 ms' });
    expect(reasons).toHaveLength(1);
  });

  it("includes the wait for modules to load", async () => {
    const clock = new FakeClock();
    const host = createTestHost({ clock }).register(
      defineModule({ name: "slow" }, (module) => module.onLoad(() => new Promise(() => {}))),
    );
    const answer = host.send(new Work(), { timeoutMs: 1_000 }).catch((error) => error);
    await clock.advance(1_000);

    expect(await answer).toBeInstanceOf(EventTimeoutError);
  });

  it("leaves no timer behind when the handler is in time", async () => {
    const clock = new FakeClock();
    const host = createTestHost({ clock }).register(
      defineModule({ name: "quick" }, (module) =>
        module.handle(Work, async () => "done", { timeoutMs: 500 }),
      ),
    );

    expect(await host.send(new Work(), { timeoutMs: 1_000 })).toBe("done");
    expect(clock.pending).toBe(0);
  });

  it.each([[0], [-1], [Number.NaN], [2 ** 31]])("must be one: %d is refused", async (timeoutMs) => {
    const { host } = hostOfSleepers();

    await expect(host.send(new Work(), { timeoutMs })).rejects.toThrow(
      "dispatch: timeoutMs must be a number of milliseconds above 0 and up to 2147483647",
    );
  });
});

describe("an attempt's time limit", () => {
  it.each([
    { nearest: "handler's", policies: { timeoutMs: 50 }, options: { timeoutMs: 1_000 }, expected: 50 },
    { nearest: "contract's", policies: {}, options: { timeoutMs: 1_000 }, expected: 100 },
  ])("is the $nearest", async ({ policies, options, expected }) => {
    const { clock, host } = hostOfSleepers(policies, options);
    const answer = host.send(new Quick()).catch((error) => error);
    await clock.advance(expected);

    expect(await answer).toMatchObject({ name: "EventTimeoutError", timeoutMs: expected });
  });

  it("is the host's where there is no nearer one", async () => {
    const { clock, host } = hostOfSleepers({}, { timeoutMs: 1_000 });
    const answer = host.send(new Work()).catch((error) => error);
    await clock.advance(1_000);

    expect(await answer).toMatchObject({ timeoutMs: 1_000 });
  });

  it("is lifted by false", async () => {
    const { clock, host, reasons } = hostOfSleepers({ timeoutMs: false }, { timeoutMs: 1_000 });
    void host.send(new Quick()).catch(() => {});
    await clock.advance(10_000);

    expect(reasons).toEqual([]);
    expect(host.eventsInProgress.size).toBe(1);
  });

  it("counts as a failure of the handler: a host that does not propagate keeps it", async () => {
    const { clock, host } = hostOfSleepers({}, { propagateExceptions: false });
    const answer = host.handle(new Quick());
    await clock.advance(100);

    expect(await answer).toMatchObject({ handled: false });
  });
});

describe("a nested dispatch", () => {
  it("rejects with an EventHandlingError outside when it is refused inside", async () => {
    const { clock, host } = hostOfSleepers({ timeoutMs: 100 });
    const answer = host.send(new Parent()).catch((error) => error);
    await clock.advance(100);

    expect(await answer).toBeInstanceOf(EventHandlingError);
    expect((await answer).cause).toBeInstanceOf(EventTimeoutError);
  });

  it("inherits correlation and principal, unless it says otherwise", async () => {
    const seen: unknown[] = [];
    const principal = { sub: "ada", permissions: [] };
    const host = createTestHost().register(
      defineModule({ name: "parent" }, (module) => {
        module.handle(Work, ({ meta }) => {
          seen.push({ ...meta });
          return "done";
        });
        module.handle(Parent, async (_event, context) => {
          await context.host.send(new Work());
          return context.host.send(new Work(undefined, { meta: { correlationId: "own" } }));
        });
      }),
    );

    await host.send(new Parent(undefined, { meta: { correlationId: "order-123" } }), { principal });

    expect(seen).toEqual([
      { correlationId: "order-123", principal },
      { correlationId: "own", principal },
    ]);
  });
});

describe("permissions", () => {
  class Read extends defineEvent("test.read", { output: z.string(), permissions: ["things:read"] }) {}
  const host = createTestHost().register(
    defineModule({ name: "reader" }, (module) => {
      module.handle(Read, () => "secret");
      module.handle(Parent, (_event, context) => context.host.send(new Read()));
    }),
  );
  const allowed = { sub: "ada", permissions: ["things:read", "things:write"] };
  const refused = { sub: "bob", permissions: ["things:write"] };

  it("let a principal through who has them, and a caller in the process without a principal", async () => {
    expect(await host.send(new Read(), { principal: allowed })).toBe("secret");
    expect(await host.send(new Read())).toBe("secret");
  });

  it("refuse a principal who lacks one, naming it", async () => {
    await expect(host.send(new Read(), { principal: refused })).rejects.toMatchObject({
      name: "AuthorizationError",
      status: 403,
      message: '"test.read" needs the permission things:read',
    });
  });

  it("hold for what is dispatched on behalf of the principal", async () => {
    await expect(host.send(new Parent(), { principal: refused })).rejects.toThrow(
      "needs the permission things:read",
    );
  });
});

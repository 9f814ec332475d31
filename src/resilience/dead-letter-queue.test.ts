import fc from "fast-check";
import {
  type AnyEvent,
  ConfigurationError,
  defineEvent,
  EventHandlingError,
  EventValidationError,
  NotFoundError,
} from "tsmodules";
import { DeadLetterQueue, MemoryDeadLetterStore } from "tsmodules/resilience";
import { createTestHost, FakeClock } from "tsmodules/testing";
import { describe, expect, it, vi } from "vitest";
import { z } from "zod";

class Job extends defineEvent("test.job", {
  input: z.object({ id: z.number(), at: z.string().default("now") }),
}) {}

const down = new Error("down");
const idsOf = (queue: DeadLetterQueue) => queue.entries.map(({ event }) => (event as Job).input.id);
const handled = (event: AnyEvent) => {
  event.handled = true;
};
const refuse = () => {
  throw down;
};

describe("DeadLetterQueue", () => {
  it("keeps the event and its error, and passes the error on", async () => {
    const queue = new DeadLetterQueue();
    const job = new Job({ id: 1 });

    await expect(queue.execute(refuse, { event: job })).rejects.toThrow("down");
    expect(queue.entries).toMatchObject([{ event: job, error: down, attempts: 1, moduleName: undefined }]);
  });

  it("keeps no answers", async () => {
    const queue = new DeadLetterQueue();
    const missing = queue.wrap((_job: Job) => Promise.reject(new NotFoundError("user")));

    await expect(missing(new Job({ id: 1 }))).rejects.toThrow(NotFoundError);
    expect(queue.size).toBe(0);
  });

  it("says that it needs the event", async () => {
    await expect(new DeadLetterQueue().execute(refuse)).rejects.toThrow(ConfigurationError);
  });

  it("lets the oldest letter go for the newest, and tells", () => {
    const onEvict = vi.fn();
    const queue = new DeadLetterQueue({ maxSize: 2, onEvict });
    for (const id of [1, 2, 3]) queue.add(new Job({ id }), down);

    expect(idsOf(queue)).toEqual([2, 3]);
    expect(queue.evicted).toBe(1);
    expect(onEvict).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ error: down }));
  });

  it("removes and clears", () => {
    const queue = new DeadLetterQueue();
    const [first] = [1, 2, 3].map((id) => queue.add(new Job({ id }), down));

    expect(queue.remove(first as NonNullable<typeof first>)).toBe(true);
    expect(queue.remove(first as NonNullable<typeof first>)).toBe(false);
    expect(idsOf(queue)).toEqual([2, 3]);
    queue.clear();
    expect(queue.size).toBe(0);
  });

  it("has its letters handled again, and keeps what fails again once, with all its attempts", async () => {
    const queue = new DeadLetterQueue();
    for (const id of [1, 2, 3]) queue.add(new Job({ id }), down, { moduleName: "jobs", attempts: 3 });

    const report = await queue.reprocess((event) =>
      (event as Job).input.id === 2 ? refuse() : handled(event),
    );

    expect(report).toEqual({ successful: 2, failed: 1 });
    expect(queue.entries).toMatchObject([{ error: down, attempts: 4, moduleName: "jobs" }]);
  });

  it("counts an event that nobody handled as failed", async () => {
    const queue = new DeadLetterQueue();
    queue.add(new Job({ id: 1 }), down);

    expect(await queue.reprocess(() => {})).toEqual({ successful: 0, failed: 1 });
    expect(queue.size).toBe(1);
  });

  it("takes the handle of a host as it is, also of one that does not propagate", async () => {
    const queue = new DeadLetterQueue();
    let broken = true;
    const host = createTestHost({ deadLetterQueue: queue, propagateExceptions: false });
    host.register({
      metadata: { name: "jobs" },
      policies: {},
      setup: (module) =>
        module.handle(Job, () => {
          if (broken) throw down;
        }),
    });
    await host.handle(new Job({ id: 1 }));
    expect(queue.entries).toMatchObject([{ error: down, moduleName: "jobs", attempts: 1 }]);

    expect(await queue.reprocess((event) => host.handle(event))).toEqual({ successful: 0, failed: 1 });
    expect(queue.entries).toMatchObject([{ error: down, attempts: 2 }]);
    broken = false;
    expect(await queue.reprocess((event) => host.handle(event))).toEqual({ successful: 1, failed: 0 });
    expect(queue.size).toBe(0);
  });

  it("shows the handler's own error", async () => {
    const queue = new DeadLetterQueue();
    const event = new Job({ id: 1 });
    const module = { metadata: { name: "jobs" }, host: undefined };
    const wrapped = () => Promise.reject(new EventHandlingError(event, module, down));

    await expect(queue.execute(wrapped, { event })).rejects.toThrow(EventHandlingError);
    expect(queue.entries).toMatchObject([{ error: down, moduleName: "jobs" }]);
  });

  it("brings letters back from its store with their contracts, and leaves those of others there", async () => {
    class Other extends defineEvent("test.other") {}
    const store = new MemoryDeadLetterStore();
    const before = new DeadLetterQueue({ store });
    before.add(new Job({ id: 1 }, { idempotencyKey: "k", meta: { correlationId: "c" } }), down, {
      attempts: 2,
    });
    before.add(new Other(), down);
    await before.flush();

    const after = new DeadLetterQueue({ store });
    expect(await after.load([Job])).toBe(1);
    expect(await after.load([Job])).toBe(0);
    expect(after.entries).toMatchObject([
      {
        event: {
          name: "test.job",
          input: { id: 1, at: "now" },
          idempotencyKey: "k",
          meta: { correlationId: "c" },
        },
        error: { message: "down" },
        attempts: 2,
      },
    ]);
    await after.reprocess(handled);
    await after.flush();
    expect(store.list()).toMatchObject([{ eventName: "test.other" }]);
  });

  it("leaves in its store what it has no room for, and brings it back when it has", async () => {
    const store = new MemoryDeadLetterStore();
    const queue = new DeadLetterQueue({ maxSize: 2, store });
    for (const id of [1, 2, 3]) queue.add(new Job({ id }), down);
    await queue.flush();
    expect(idsOf(queue)).toEqual([2, 3]);
    expect(store.list()).toHaveLength(3);

    const after = new DeadLetterQueue({ maxSize: 2, store });
    expect(await after.load([Job])).toBe(2);
    expect(idsOf(after)).toEqual([1, 2]);
    await after.reprocess(handled);
    expect(await after.load([Job])).toBe(1);
    expect(idsOf(after)).toEqual([3]);
  });

  it("gives its store pure JSON, and has dates, bigints and bytes back", async () => {
    class Typed extends defineEvent("test.typed", {
      input: z.object({ at: z.date(), big: z.bigint(), bytes: z.instanceof(Uint8Array) }),
    }) {}
    const store = new MemoryDeadLetterStore();
    const add = vi.spyOn(store, "add");
    const before = new DeadLetterQueue({ store });
    before.add(new Typed({ at: new Date(0), big: 7n, bytes: Uint8Array.of(0, 255) }), down);
    await before.flush();
    expect(add.mock.calls[0]?.[0].input).toEqual({ at: "1970-01-01T00:00:00.000Z", big: "7", bytes: "AP8=" });

    const after = new DeadLetterQueue({ store });
    await after.load([Typed]);
    expect(after.entries).toMatchObject([
      { event: { input: { at: new Date(0), big: 7n, bytes: Buffer.of(0, 255) } } },
    ]);
  });

  it("reports what its store failed with, and tries again after a while, and when it is told", async () => {
    const clock = new FakeClock();
    const onStoreError = vi.fn();
    const store = new MemoryDeadLetterStore();
    const add = vi.spyOn(store, "add").mockImplementation(refuse);
    const queue = new DeadLetterQueue({ store, onStoreError, clock });
    queue.add(new Job({ id: 1 }), down);
    queue.add(new Job({ id: 2 }), down);
    await expect(queue.flush()).rejects.toThrow("down");
    expect(onStoreError).toHaveBeenCalledExactlyOnceWith(down);
    expect([queue.size, queue.pending]).toEqual([2, 2]);

    await clock.advance(1_000);
    expect(onStoreError).toHaveBeenCalledTimes(2);
    await clock.advance(1_999);
    expect(onStoreError).toHaveBeenCalledTimes(2);
    add.mockRestore();
    await clock.advance(1);
    expect(store.list()).toHaveLength(2);
    expect(queue.pending).toBe(0);
  });

  it("does not let a letter that its store refuses stand in the way of others, and gives it up after a while", async () => {
    const clock = new FakeClock();
    const store = new MemoryDeadLetterStore();
    const { add } = store;
    store.add = (letter) => (letter.eventName === "test.poison" ? refuse() : add.call(store, letter));
    class Poison extends defineEvent("test.poison") {}
    const onStoreError = vi.fn();
    const queue = new DeadLetterQueue({ store, onStoreError, clock });
    queue.add(new Poison(), down);
    for (const id of [1, 2, 3]) {
      queue.add(new Job({ id }), down);
      await queue.flush().catch(() => {});
      expect(store.list()).toHaveLength(id);
    }
    expect(queue.pending).toBe(0);
    expect(String(onStoreError.mock.calls.at(-2))).toMatch(
      /refused a dead letter 3 times, and that of a test\.poison/,
    );
    expect(await queue.reprocess(handled)).toEqual({ successful: 4, failed: 0 });
  });

  it("does not give up letters while its store takes none, whatever it fails with", async () => {
    const clock = new FakeClock();
    const store = new MemoryDeadLetterStore();
    const add = vi.spyOn(store, "add").mockImplementation(refuse);
    const queue = new DeadLetterQueue({ store, onStoreError: () => {}, clock });
    for (let id = 0; id < 10; id++) queue.add(new Job({ id }), down);
    for (let round = 0; round < 10; round++) await queue.flush().catch(() => {});
    expect(queue.pending).toBe(10);
    add.mockRestore();
    await queue.flush();
    expect(store.list()).toHaveLength(10);
  });

  it("drops from its store what was handled while that was away, however much comes meanwhile", async () => {
    const store = new MemoryDeadLetterStore();
    const queue = new DeadLetterQueue({
      store,
      onStoreError: () => {},
      clock: new FakeClock(),
      maxSize: 2_000,
    });
    queue.add(new Job({ id: -1 }), down);
    await queue.flush();
    const away = [vi.spyOn(store, "add"), vi.spyOn(store, "remove")].map((spy) =>
      spy.mockImplementation(refuse),
    );
    expect(await queue.reprocess(handled)).toEqual({ successful: 1, failed: 0 });
    for (let id = 0; id < 2_001; id++) queue.add(new Job({ id }), down);
    await queue.flush().catch(() => {});
    for (const spy of away) spy.mockRestore();
    await queue.flush();
    expect(store.list().filter(({ input }) => (input as { id: number }).id === -1)).toEqual([]);
  });

  it("writes again after whoever hears of a failure has had it written", async () => {
    const clock = new FakeClock();
    const store = new MemoryDeadLetterStore();
    const add = vi.spyOn(store, "add").mockImplementationOnce(refuse);
    const queue: DeadLetterQueue = new DeadLetterQueue({
      store,
      clock,
      onStoreError: () => void queue.flush().catch(() => {}),
    });
    queue.add(new Job({ id: 1 }), down);
    await clock.advance(1_000);
    expect(add).toHaveBeenCalledTimes(2);
    expect(queue.pending).toBe(0);
  });

  it("keeps what it was given, though a handler changes it", async () => {
    class Note extends defineEvent("test.note") {}
    const store = new MemoryDeadLetterStore();
    const before = new DeadLetterQueue({ store });
    before.add(new (Note as unknown as new (given: unknown) => AnyEvent)({ list: [1] }), down);
    await before.flush();
    const after = new DeadLetterQueue({ store });
    await after.load([Note]);
    await after.reprocess(({ input }) => {
      const { list } = input as unknown as { list: unknown[] };
      list.push(list);
      throw down;
    });
    await after.flush();
    expect(store.list()).toMatchObject([{ input: { list: [1] }, attempts: 2 }]);
  });

  it("gives up the oldest of more letters than it has room for while the store takes none, and tells", async () => {
    const errors: string[] = [];
    const store = { add: () => new Promise<void>(() => {}), remove: () => {}, list: () => [] };
    const queue = new DeadLetterQueue({ store, onStoreError: (error) => errors.push(String(error)) });
    for (let id = 0; id <= 1_000; id++) queue.add(new Job({ id }), down);
    expect(queue.pending).toBe(1_000);
    expect(errors).toEqual([expect.stringContaining("that of a test.job is not stored")]);
    expect(await queue.remove(queue.entries[0]?.id ?? "")).toBe(true);
  });

  it("keeps a letter as it was when it came", async () => {
    class Note extends defineEvent("test.note") {}
    const store = new MemoryDeadLetterStore();
    const queue = new DeadLetterQueue({ store });
    const input = { list: [1] };
    queue.add(new (Note as unknown as new (given: unknown) => AnyEvent)(input), down);
    input.list.push(2);
    await queue.flush();
    expect(store.list()).toMatchObject([{ input: { list: [1] } }]);
  });

  it("reports a letter that cannot be stored, rather than storing half of it", async () => {
    class Tagged extends defineEvent("test.tagged", {
      input: z.object({ tags: z.map(z.string(), z.string()) }),
    }) {}
    const store = Object.assign(new MemoryDeadLetterStore(), { take: () => false });
    const onStoreError = vi.fn();
    const queue = new DeadLetterQueue({ store, onStoreError });
    queue.add(new Tagged({ tags: new Map([["a", "b"]]) }), down);
    await queue.flush();
    expect(onStoreError.mock.calls.join()).toMatch(/"test\.tagged" cannot be stored: JSON cannot carry tags/);
    expect(store.list()).toEqual([]);
    expect(await queue.reprocess(() => {})).toEqual({ successful: 0, failed: 1 });
    expect(await queue.reprocess(handled)).toEqual({ successful: 1, failed: 0 });
    expect(queue.size).toBe(0);
  });

  it("reports a letter that cannot be read any more, and brings the others back", async () => {
    const store = new MemoryDeadLetterStore();
    const before = new DeadLetterQueue({ store });
    for (const id of [1, 2]) before.add(new Job({ id }), down);
    await before.flush();
    const [first] = store.list();
    if (first !== undefined) store.add({ ...first, input: { id: "one" } });

    const onStoreError = vi.fn();
    const after = new DeadLetterQueue({ store, onStoreError });
    expect(await after.load([Job])).toBe(1);
    expect(onStoreError).toHaveBeenCalledExactlyOnceWith(expect.any(EventValidationError));
    expect(store.list()).toHaveLength(2);
  });

  it("lets go of a letter that somebody else has, or has had handled", async () => {
    const store = Object.assign(new MemoryDeadLetterStore(), { take: (id: string) => id === mine });
    const queue = new DeadLetterQueue({ store });
    const [mine, theirs] = [1, 2].map((id) => queue.add(new Job({ id }), down).id) as [string, string];
    const seen: number[] = [];
    const report = await queue.reprocess((event) => {
      seen.push((event as Job).input.id);
      handled(event);
    });
    expect(report).toEqual({ successful: 1, failed: 0 });
    expect(seen).toEqual([1]);
    expect(queue.size).toBe(0);
    await queue.flush();
    expect(store.list().map(({ id }) => id)).toEqual([theirs]);
  });

  it("gives an event that comes back the id that it had", async () => {
    const store = new MemoryDeadLetterStore();
    const job = new Job({ id: 1 });
    const before = new DeadLetterQueue({ store });
    before.add(job, down);
    await before.flush();
    const after = new DeadLetterQueue({ store });
    await after.load([Job]);
    expect(after.entries[0]?.event.id).toBe(job.id);
  });

  it("never exceeds its bound, counts what it lost, and keeps what fails again exactly once", async () => {
    const act = fc.oneof(
      fc.record({ act: fc.constant("add" as const) }),
      fc.record({ act: fc.constant("reprocess" as const), failing: fc.array(fc.nat(30)) }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.array(act, { maxLength: 30 }),
        async (maxSize, acts) => {
          const queue = new DeadLetterQueue({ maxSize });
          let added = 0;
          let solved = 0;
          for (const next of acts) {
            if (next.act === "add") queue.add(new Job({ id: added++ }), down);
            else {
              const before = idsOf(queue);
              const report = await queue.reprocess((event) =>
                next.failing.includes((event as Job).input.id) ? refuse() : handled(event),
              );
              solved += report.successful;
              expect(idsOf(queue)).toEqual(before.filter((id) => next.failing.includes(id)));
            }
            expect(queue.size).toBeLessThanOrEqual(maxSize);
            expect(queue.size + solved + queue.evicted).toBe(added);
          }
        },
      ),
    );
  });
});

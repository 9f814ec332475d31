import { type AnyEvent, ConfigurationError, defineEvent, defineModule } from "tsmodules";
import { DeadLetterQueue, type StoredDeadLetter } from "tsmodules/resilience";
import { createTestHost, deadLetterStoreContract, FakeClock } from "tsmodules/testing";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { z } from "zod";
import { onEveryDatabase, onSharedDatabases } from "../../../test/databases.ts";
import { Database, DatabaseDeadLetterStore, DatabaseError, sql, TransactionError } from "../index.ts";

class Job extends defineEvent("test.job", { input: z.object({ id: z.number() }) }) {}

const down = new Error("down");
const handled = (event: AnyEvent) => {
  event.handled = true;
};

function letter(id: string, more: Partial<StoredDeadLetter> = {}): StoredDeadLetter {
  return {
    id,
    eventId: `event ${id}`,
    eventName: "test.job",
    input: { id: Number(id) },
    meta: {},
    error: { name: "Error", message: "down" },
    moduleName: "jobs",
    attempts: 1,
    timestamp: 1_700_000_000_000,
    ...more,
  };
}

onEveryDatabase("DatabaseDeadLetterStore", ({ open }) => {
  async function setUp() {
    const db = await open([]);
    const store = new DatabaseDeadLetterStore(db);
    const ids = async () => (await store.list()).map(({ id }) => id);
    return { db, store, ids };
  }

  describe("does what every store does:", () => {
    it.each(deadLetterStoreContract(async () => new DatabaseDeadLetterStore(await open([]))))(
      "$name",
      ({ run }) => run(),
    );
  });

  it("keeps what text of a database cannot hold", async () => {
    const { store } = await setUp();
    const hostile = {
      text: `\0 \ud800 '); drop table tsmodules_dead_letters; -- 😀`,
      big: "x".repeat(1_000_000),
    };
    await store.add(letter("1", { input: hostile }));
    expect((await store.list())[0]?.input).toEqual(hostile);
  });

  it("finds letters by event, module and time", async () => {
    const { store } = await setUp();
    await store.add(letter("1", { timestamp: 1_000 }));
    await store.add(letter("2", { timestamp: 2_000, moduleName: "others" }));
    await store.add(letter("3", { timestamp: 3_000, eventName: "test.mail" }));
    const found = async (filter: Parameters<typeof store.list>[0]) =>
      (await store.list(filter)).map(({ id }) => id).join();

    expect(await found({ events: [Job] })).toBe("1,2");
    expect(await found({ events: ["test.mail", Job] })).toBe("1,2,3");
    expect(await found({ events: [] })).toBe("");
    expect(await found({ moduleName: "jobs" })).toBe("1,3");
    expect(await found({ ids: ["3", "1", "4"] })).toBe("1,3");
    expect(await found({ ids: [] })).toBe("");
    expect(await found({ since: new Date(2_000) })).toBe("2,3");
    expect(await found({ before: new Date(2_000) })).toBe("1");
    expect(await store.count({ events: [Job], moduleName: "jobs" })).toBe(1);
    expect(await store.discard({ before: new Date(3_000) })).toBe(2);
    expect(await found({})).toBe("3");
  });

  it("says what of a filter is wrong", async () => {
    const { store } = await setUp();
    await expect(store.list({ modul: "jobs" } as never)).rejects.toThrow(/DatabaseDeadLetterStore.*modul/);
    await expect(store.count({ since: "yesterday" } as never)).rejects.toThrow(/since must be a valid Date/);
    await expect(store.reprocess(handled, {} as never)).rejects.toThrow(/events must be a list of classes/);
    await expect(store.reprocess(handled, undefined as never)).rejects.toThrow(/events must be a list/);
    await expect(store.reprocess(undefined as never, { events: [Job] })).rejects.toThrow(/handle must be/);
    await expect(store.discard({ before: undefined } as never)).rejects.toThrow(
      /discard: before is undefined/,
    );
  });

  it("reads more letters than a page has, while they change", async () => {
    const { store } = await setUp();
    for (let id = 1; id <= 150; id++) await store.add(letter(String(id)));
    const read: string[] = [];
    for await (const { id } of store.entries()) {
      read.push(id);
      await store.remove(id);
    }
    expect(read).toEqual(Array.from({ length: 150 }, (_, index) => String(index + 1)));
  });

  it("has letters handled again, lets go what succeeded, and tells how far it is", async () => {
    const { store, ids } = await setUp();
    for (const id of ["1", "2", "3"]) await store.add(letter(id));
    await store.add(letter("4", { eventName: "test.mail", input: { to: "ada" } }));
    const onProgress = vi.fn();

    const report = await store.reprocess(
      (event) => {
        if ((event as Job).input.id === 2) throw new RangeError("again");
        handled(event);
      },
      { events: [Job], onProgress },
    );

    expect(report).toEqual({ successful: 2, failed: 1 });
    expect(onProgress.mock.calls.flat()).toEqual([
      { total: 3, successful: 1, failed: 0 },
      { total: 3, successful: 1, failed: 1 },
      { total: 3, successful: 2, failed: 1 },
    ]);
    expect(await ids()).toEqual(["2", "4"]);
    expect(await store.list({ events: [Job] })).toMatchObject([
      { attempts: 2, error: { name: "RangeError", message: "again" } },
    ]);
  });

  it("keeps a letter whose input does not fit its contract any more, and says so", async () => {
    const { store } = await setUp();
    await store.add(letter("1", { input: { id: "one" } }));
    const handle = vi.fn();
    expect(await store.reprocess(handle, { events: [Job] })).toEqual({ successful: 0, failed: 1 });
    expect(handle).not.toHaveBeenCalled();
    expect(await store.list()).toMatchObject([{ attempts: 1, error: { code: "EVENT_VALIDATION" } }]);
  });

  it("stops when it is told", async () => {
    const { store, ids } = await setUp();
    for (const id of ["1", "2"]) await store.add(letter(id));
    const stop = new AbortController();
    const handle = (event: AnyEvent) => {
      handled(event);
      stop.abort();
    };
    const report = await store.reprocess(handle, { events: [Job], signal: stop.signal });
    expect(report).toEqual({ successful: 1, failed: 0 });
    expect(await ids()).toEqual(["2"]);
  });

  it("takes each letter once though several reprocess them", async () => {
    const { db, store, ids } = await setUp();
    for (let id = 1; id <= 20; id++) await store.add(letter(String(id)));
    const seen: number[] = [];
    const handle = async (event: AnyEvent) => {
      seen.push((event as Job).input.id);
      await db.query(sql`select 1`);
      handled(event);
    };
    const reports = await Promise.all(
      [store, new DatabaseDeadLetterStore(db), new DatabaseDeadLetterStore(db)].map((each) =>
        each.reprocess(handle, { events: [Job] }),
      ),
    );
    expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    expect(reports.reduce((sum, { successful }) => sum + successful, 0)).toBe(20);
    expect(await ids()).toEqual([]);
  });

  it("keeps a letter that fails again once, though the host has a queue with the same store", async () => {
    const { store } = await setUp();
    const queue = new DeadLetterQueue({ store });
    const host = createTestHost({ deadLetterQueue: queue, propagateExceptions: false });
    host.register(
      defineModule({ name: "jobs" }, (module) => {
        module.handle(
          Job,
          () => {
            throw down;
          },
          { retryPolicy: { maxRetries: 1, baseDelayMs: 0 } },
        );
      }),
    );
    await host.handle(new Job({ id: 1 }));
    await queue.flush();

    expect(await store.reprocess((event) => host.handle(event), { events: [Job] })).toEqual({
      successful: 0,
      failed: 1,
    });
    await queue.flush();
    expect(await store.list()).toMatchObject([
      { attempts: 4, moduleName: "jobs", error: { message: "down" } },
    ]);
  });

  it("and a queue do not both handle a letter again", async () => {
    const { store } = await setUp();
    const [first, second] = [1, 2].map(() => new DeadLetterQueue({ store })) as [
      DeadLetterQueue,
      DeadLetterQueue,
    ];
    for (const id of [1, 2, 3]) first.add(new Job({ id }), down);
    await first.flush();
    await second.load([Job]);
    const seen: number[] = [];
    const handle = async (event: AnyEvent) => {
      seen.push((event as Job).input.id);
      if ((event as Job).input.id === 2) throw down;
      handled(event);
    };
    await Promise.all([
      first.reprocess(handle),
      second.reprocess(handle),
      store.reprocess(handle, { events: [Job], ids: [first.entries[2]?.id ?? ""] }),
    ]);
    await Promise.all([first.flush(), second.flush()]);
    expect(seen.filter((id) => id !== 2).sort()).toEqual([1, 3]);
    expect(await store.list()).toMatchObject([{ input: { id: 2 } }]);
  });

  it("gives a letter to one who takes it, until it is kept again or dropped", async () => {
    const { db, store } = await setUp();
    const other = new DatabaseDeadLetterStore(db);
    await store.add(letter("1"));
    expect([await store.take("1"), await other.take("1"), await store.take("2")]).toEqual([
      true,
      false,
      false,
    ]);
    await store.add(letter("1", { attempts: 2 }));
    expect(await other.take("1")).toBe(true);
    await other.remove("1");
    expect(await store.list()).toEqual([]);
    await expect(db.transaction(() => store.take("1"))).rejects.toThrow(TransactionError);
  });

  it("changes nothing of a letter that somebody else has taken over", async () => {
    const { db, store } = await setUp();
    const other = new DatabaseDeadLetterStore(db);
    await store.add(letter("1"));
    await store.take("1");
    await db.execute(sql`update tsmodules_dead_letters set claimed_until = 0`);
    expect(await other.take("1")).toBe(true);
    await store.remove("1");
    expect(await store.list()).toHaveLength(1);
    await other.add(letter("1", { attempts: 7 }));
    expect(await store.list()).toMatchObject([{ attempts: 7 }]);
  });

  it("keeps when it failed the last time, and the id of the event", async () => {
    const { store } = await setUp();
    await store.add(letter("1", { timestamp: 1_000 }));
    const startedAt = Date.now();
    await store.reprocess(() => Promise.reject(down), { events: [Job] });
    const [again] = await store.list();
    expect(again?.timestamp).toBeGreaterThanOrEqual(startedAt);
    expect(again?.eventId).toBe("event 1");
    expect(await store.count({ before: new Date(startedAt) })).toBe(0);
  });

  it("brings dates, bigints and bytes back as they were", async () => {
    class Typed extends defineEvent("test.typed", {
      input: z.object({ at: z.date(), big: z.bigint(), bytes: z.instanceof(Uint8Array) }),
    }) {}
    const input = { at: new Date(0), big: 2n ** 70n, bytes: new Uint8Array([0, 255]) };
    const { store } = await setUp();
    const before = new DeadLetterQueue({ store });
    before.add(new Typed(input), down);
    await before.flush();

    const after = new DeadLetterQueue({ store });
    await after.load([Typed]);
    const [loaded] = after.entries.map(({ event }) => event.input as typeof input);
    expect({ ...loaded, bytes: new Uint8Array(loaded?.bytes ?? []) }).toEqual(input);

    const handle = vi.fn(handled);
    await store.reprocess(handle, { events: [Typed] });
    expect(handle.mock.calls[0]?.[0].input).toMatchObject({ at: input.at, big: input.big });
  });

  it("keeps a letter of a handler whose transaction was rolled back", async () => {
    const { db, store, ids } = await setUp();
    const queue = new DeadLetterQueue({ store });
    const transaction = db.transaction(() =>
      queue.execute(() => Promise.reject(down), { event: new Job({ id: 1 }) }),
    );
    await expect(transaction).rejects.toBe(down);
    await queue.flush();
    expect(await ids()).toHaveLength(1);
  });

  it("reprocesses nothing inside of a transaction", async () => {
    const { db, store } = await setUp();
    await expect(db.transaction(() => store.reprocess(handled, { events: [Job] }))).rejects.toThrow(
      TransactionError,
    );
  });

  it("is emptied by recreateSchema", async () => {
    const { db, store, ids } = await setUp();
    await store.add(letter("1"));
    await db.recreateSchema();
    expect(await ids()).toEqual([]);
  });

  it("tells the queue's onStoreError that there is no database, and the letter is in memory", async () => {
    const { db, store } = await setUp();
    await db.disconnect();
    const onStoreError = vi.fn();
    const queue = new DeadLetterQueue({ store, onStoreError });
    queue.add(new Job({ id: 1 }), down);
    await expect(queue.flush()).rejects.toThrow(DatabaseError);
    expect(onStoreError).toHaveBeenCalledExactlyOnceWith(expect.any(DatabaseError));
    expect(queue.size).toBe(1);
  });

  it("refuses options that it does not know", async () => {
    const { db } = await setUp();
    expect(() => new DatabaseDeadLetterStore(db, { leaseMs: 0 })).toThrow(ConfigurationError);
  });
});

onSharedDatabases("DatabaseDeadLetterStore of several processes", ({ makeUrl }) => {
  async function openTwo() {
    const url = await makeUrl();
    const both = [new Database({ url }), new Database({ url })] as const;
    onTestFinished(async () => {
      for (const db of both) await db.disconnect();
    });
    for (const db of both) await db.connect();
    return both;
  }

  it("makes its table once, though all begin at the same time", async () => {
    const both = await openTwo();
    const stores = Array.from(
      { length: 10 },
      (_, index) => new DatabaseDeadLetterStore(both[index % 2] as Database),
    );
    await Promise.all(stores.map((store, index) => store.add(letter(String(index)))));
    expect(await stores[0]?.count()).toBe(10);
  });

  it("drops a letter that was handled though the database is away for a while", async () => {
    const [db, other] = await openTwo();
    const clock = new FakeClock();
    const store = new DatabaseDeadLetterStore(db, { clock });
    await store.add(letter("1"));
    const handling = Promise.withResolvers<void>();
    const reprocessed = store.reprocess(
      async (event) => {
        await db.disconnect();
        handled(event);
        handling.resolve();
      },
      { events: [Job] },
    );
    await handling.promise;
    await new Promise(setImmediate);
    await db.connect();
    await clock.advance(1_000);
    expect(await reprocessed).toEqual({ successful: 1, failed: 0 });
    expect(await new DatabaseDeadLetterStore(other).count()).toBe(0);
  });

  it("leaves what another process is at alone as long as that renews its lease, and takes it when it does not", async () => {
    const [db, other] = await openTwo();
    const clock = new FakeClock();
    const store = new DatabaseDeadLetterStore(db, { leaseMs: 30_000, clock });
    const taker = new DatabaseDeadLetterStore(other);
    const letPass = (ms: number) =>
      other.execute(sql`update tsmodules_dead_letters set claimed_until = claimed_until - ${ms}`);
    await store.add(letter("1"));
    const begun = Promise.withResolvers<void>();
    const { promise: pause, resolve: goOn } = Promise.withResolvers<void>();
    const slow = store.reprocess(
      async (event) => {
        begun.resolve();
        await pause;
        handled(event);
      },
      { events: [Job] },
    );
    await begun.promise;

    await letPass(25_000);
    await clock.advance(10_000);
    await vi.waitFor(async () => {
      const [row] = await other.query<{ left: number | string }>(
        sql`select claimed_until as "left" from tsmodules_dead_letters`,
      );
      expect(Number(row?.left)).toBeGreaterThan(Date.now() + 10_000);
    });
    await letPass(25_000);
    expect(await taker.reprocess(handled, { events: [Job] })).toEqual({ successful: 0, failed: 0 });
    await letPass(10_000);
    expect(await taker.reprocess(handled, { events: [Job] })).toEqual({ successful: 1, failed: 0 });
    goOn();
    await slow;
  });
});

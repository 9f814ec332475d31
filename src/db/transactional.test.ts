import { setTimeout as sleep } from "node:timers/promises";
import {
  AsyncHandlerError,
  defineEvent,
  defineModule,
  EventHandlingError,
  EventTimeoutError,
  type Handler,
  type ModuleHostOptions,
  type Policies,
  SKIP,
} from "tsmodules";
import { createTestHost } from "tsmodules/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { onEveryDatabase, onPostgres } from "../../test/databases.ts";
import {
  type Database,
  defineModel,
  p,
  Repository,
  sql,
  type TransactionalOptions,
  TransactionError,
  transactional,
} from "./index.ts";

const Order = defineModel("orders", { id: p.string().primary(), sum: p.integer().default(0) });

class Place extends defineEvent("orders.place", {
  input: z.object({ id: z.string().default("a") }),
  output: z.string(),
  errors: { SOLD_OUT: z.object({ id: z.string() }) },
}) {}
class Bill extends defineEvent("orders.bill", { output: z.string() }) {}
class Placed extends defineEvent("orders.placed", {}) {}
class Export extends defineEvent("orders.export", { output: z.string(), stream: true }) {}

interface Shop {
  readonly db: Database;
  readonly orders: Repository<typeof Order>;
}

function hostOf(
  { db }: Shop,
  place: Handler<Place>,
  {
    host = {},
    handler = {},
    transaction = {},
  }: { host?: ModuleHostOptions; handler?: Policies; transaction?: TransactionalOptions } = {},
) {
  const shop = defineModule({ name: "shop" }, (module) => module.handle(Place, place, handler));
  return createTestHost(host).use(transactional(db, transaction)).register(shop);
}

onEveryDatabase("transactional", ({ open }) => {
  async function setUp(): Promise<Shop & { there(): Promise<string[]> }> {
    const db = await open([Order]);
    const orders = new Repository(db, Order);
    return { db, orders, there: async () => (await orders.getAll()).map(({ id }) => id).sort() };
  }

  it("keeps what the handler of an event did", async () => {
    const shop = await setUp();
    const host = hostOf(shop, async ({ input }) => {
      await shop.orders.create({ id: input.id });
      await shop.orders.create({ id: "b" });
      return "done";
    });
    expect(await host.send(new Place({ id: "a" }))).toBe("done");
    expect(await shop.there()).toEqual(["a", "b"]);
  });

  it("undoes it when the handler throws, and lets the caller know what it threw", async () => {
    const shop = await setUp();
    const failure = new Error("no paper");
    const host = hostOf(shop, async () => {
      await shop.orders.create({ id: "a" });
      throw failure;
    });
    await expect(host.send(new Place())).rejects.toMatchObject({
      name: "EventHandlingError",
      cause: failure,
    });
    expect(await shop.there()).toEqual([]);
  });

  it("undoes it when the handler throws an error that the contract declares", async () => {
    const shop = await setUp();
    const host = hostOf(shop, async ({ input }, { fail }) => {
      await shop.orders.create({ id: "a" });
      throw fail("SOLD_OUT", input);
    });
    const error = await host.send(new Place()).catch((error) => error);
    expect(Place.isError(error, "SOLD_OUT")).toBe(true);
    expect(await shop.there()).toEqual([]);
  });

  it("undoes it where exceptions are not propagated, and the event comes back unhandled", async () => {
    const shop = await setUp();
    const handler = async () => {
      await shop.orders.create({ id: "a" });
      throw new Error("no paper");
    };
    const host = hostOf(shop, handler, { host: { propagateExceptions: false } });
    expect((await host.handle(new Place())).handled).toBe(false);
    expect(await shop.there()).toEqual([]);
  });

  it("undoes it when the time is up", async () => {
    const shop = await setUp();
    const gate = Promise.withResolvers<string>();
    const host = hostOf(
      shop,
      async () => {
        await shop.orders.create({ id: "a" });
        return gate.promise;
      },
      { handler: { timeoutMs: 30 } },
    );
    await expect(host.send(new Place())).rejects.toThrow(EventTimeoutError);
    gate.resolve("late");
    expect(await shop.there()).toEqual([]);
  });

  it("undoes what comes to its end after the caller gave up", async () => {
    const shop = await setUp();
    const begun = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<string>();
    const host = hostOf(shop, async () => {
      await shop.orders.create({ id: "a" });
      begun.resolve();
      return gate.promise;
    });
    const caller = new AbortController();
    const answer = host.send(new Place(), { signal: caller.signal });
    await begun.promise;
    caller.abort(new Error("gave up"));
    await expect(answer).rejects.toThrow("gave up");
    gate.resolve("late");
    expect(await shop.db.transaction(() => shop.there())).toEqual([]);
  });

  it("is no obstacle to an event that nobody handles", async () => {
    const shop = await setUp();
    const host = hostOf(shop, async () => {
      await shop.orders.create({ id: "looked at" });
      return SKIP;
    });
    expect((await host.handle(new Place())).handled).toBe(false);
    expect((await host.handle(new Bill())).handled).toBe(false);
    expect(await shop.there()).toEqual(["looked at"]);
  });

  it("makes a savepoint of an event that a handler dispatches", async () => {
    const shop = await setUp();
    const billing = defineModule({ name: "billing" }, (module) =>
      module.handle(Bill, async () => {
        await shop.orders.create({ id: "bill" });
        throw new Error("no ink");
      }),
    );
    const host = hostOf(shop, async (_, { host }) => {
      await shop.orders.create({ id: "a" });
      await expect(host.send(new Bill())).rejects.toThrow(EventHandlingError);
      await shop.orders.create({ id: "b" });
      return "without a bill";
    }).register(billing);
    await host.send(new Place());
    expect(await shop.there()).toEqual(["a", "b"]);
  });

  it("asks for the same isolation in a savepoint, and gets it", async () => {
    const shop = await setUp();
    const billing = defineModule({ name: "billing" }, (module) => module.handle(Bill, () => "billed"));
    const host = hostOf(shop, (_, { host }) => host.send(new Bill()), {
      transaction: { isolation: "serializable" },
    }).register(billing);
    expect(await host.send(new Place())).toBe("billed");
    await expect(shop.db.transaction(() => host.send(new Bill()))).rejects.toThrow(TransactionError);
  });

  it("concerns chosen events alone", async () => {
    const shop = await setUp();
    const billing = defineModule({ name: "billing" }, (module) =>
      module.handle(Bill, async () => {
        await shop.orders.create({ id: "bill" });
        throw new Error("no ink");
      }),
    );
    const place = async () => {
      await shop.orders.create({ id: "a" });
      throw new Error("no paper");
    };
    const host = hostOf(shop, place, { transaction: { events: [Place] } }).register(billing);
    await expect(host.send(new Place())).rejects.toThrow("no paper");
    await expect(host.send(new Bill())).rejects.toThrow("no ink");
    expect(await shop.there()).toEqual(["bill"]);
  });

  it("refuses handleSync before the handler has done anything", async () => {
    const shop = await setUp();
    let calls = 0;
    const host = hostOf(shop, () => {
      calls++;
      return "done";
    });
    expect(() => host.handleSync(new Place())).toThrow(AsyncHandlerError);
    await shop.db.transaction(() => sleep(20));
    expect(calls).toBe(0);
    await host.send(new Place());
    expect(calls).toBe(1);
  });

  it("leaves subscribers to themselves: one that fails undoes nothing of another's", async () => {
    const shop = await setUp();
    const listening = defineModule({ name: "listening" }, (module) => {
      module.subscribe(Placed, () => shop.db.transaction(() => shop.orders.create({ id: "one" })));
      module.subscribe(Placed, () =>
        shop.db.transaction(async () => {
          await shop.orders.create({ id: "two" });
          throw new Error("no");
        }),
      );
    });
    const host = hostOf(shop, () => "done").register(listening);
    expect(await host.publish(new Placed())).toMatchObject({ delivered: 1, failed: [{}] });
    expect(await shop.there()).toEqual(["one"]);
  });

  it("leaves streams to themselves, which are read after its end", async () => {
    const shop = await setUp();
    const exporting = defineModule({ name: "exporting" }, (module) =>
      module.handle(Export, async function* () {
        for (const { id } of await shop.orders.getAll()) yield id;
      }),
    );
    const host = hostOf(shop, () => "done").register(exporting);
    await shop.orders.create({ id: "a" });
    const ids: unknown[] = [];
    for await (const id of await host.send(new Export())) ids.push(id);
    expect(ids).toEqual(["a"]);
    expect(() => transactional(shop.db, { events: [Place, Export] })).toThrow(
      '"orders.export" is answered with a stream',
    );
  });

  it("refuses options that are wrong, all together", async () => {
    const { db } = await setUp();
    const wrong = { retries: "3", isolation: "none", events: [{}], when: true };
    expect(() => transactional(db, wrong as never)).toThrow(
      /4 problems[\s\S]*retries[\s\S]*isolation[\s\S]*events must be a list of classes[\s\S]*unknown option when/,
    );
  });

  describe("around a retry policy of a handler", () => {
    const retryPolicy = { maxRetries: 2, baseDelayMs: 0, maxDelayMs: 0 };

    it("says that a statement's failure cannot be made up for by another attempt", async () => {
      const shop = await setUp();
      await shop.orders.create({ id: "taken" });
      let attempts = 0;
      const place = async () => {
        await shop.orders.create({ id: attempts++ === 0 ? "taken" : "free" });
        return "done";
      };
      const host = hostOf(shop, place, { handler: { retryPolicy } });
      await expect(host.send(new Place())).rejects.toMatchObject({
        cause: { code: "TRANSACTION", message: expect.stringContaining("nest a db.transaction") },
      });
      expect(await shop.there()).toEqual(["taken"]);
    });

    it("lets attempts be made that are savepoints", async () => {
      const shop = await setUp();
      await shop.orders.create({ id: "taken" });
      let attempts = 0;
      const place = () =>
        shop.db.transaction(async () => {
          attempts++;
          await shop.orders.create({ id: `attempt ${attempts}` });
          await shop.orders.create({ id: attempts === 1 ? "taken" : "free" });
          return "done";
        });
      const host = hostOf(shop, place, { handler: { retryPolicy } });
      expect(await host.send(new Place())).toBe("done");
      expect(await shop.there()).toEqual(["attempt 2", "free", "taken"]);
    });
  });
});

onPostgres("transactional", ({ open }) => {
  /** A handler that loses against somebody else as often as it is told to. */
  async function losing(times: number, transaction: TransactionalOptions) {
    const db = await open([Order]);
    const orders = new Repository(db, Order);
    await orders.create({ id: "a" });
    const attempts: unknown[] = [];
    const place: Handler<Place> = async (event) => {
      attempts.push([event.handled, event.output]);
      const row = await orders.getById("a");
      if (attempts.length <= times)
        await db.outsideTransaction(() => db.execute(sql`update ${Order} set sum = sum + 1`));
      await orders.update("a", { sum: (row?.sum ?? 0) + 100 });
      return `attempt ${attempts.length}`;
    };
    const host = hostOf({ db, orders }, place, {
      transaction: { isolation: "repeatable read", ...transaction },
    });
    return { host, attempts, sum: async () => (await orders.getById("a"))?.sum };
  }

  it("handles an event again that lost against others, where it is told so", async () => {
    const { host, attempts, sum } = await losing(2, { retries: 2 });
    expect(await host.send(new Place())).toBe("attempt 3");
    expect(attempts).toEqual(Array(3).fill([false, undefined]));
    expect(await sum()).toBe(102);
  });

  it("handles no event twice unless it is told so", async () => {
    const { host, attempts } = await losing(1, {});
    await expect(host.send(new Place())).rejects.toThrow(EventHandlingError);
    expect(attempts).toHaveLength(1);
  });

  it("lets the caller know what the handler threw the last time", async () => {
    const { host, attempts } = await losing(9, { retries: 1 });
    await expect(host.send(new Place())).rejects.toMatchObject({
      name: "EventHandlingError",
      cause: { code: "REPOSITORY", message: expect.stringContaining("could not serialize") },
    });
    expect(attempts).toHaveLength(2);
  });
});

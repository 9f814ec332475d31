import { hash, randomBytes } from "node:crypto";
import { once } from "node:events";
import {
  ConfigurationError,
  defineEvent,
  defineModule,
  IdempotencyKeyInUseError,
  IdempotencyKeyReusedError,
} from "tsmodules";
import { Idempotency } from "tsmodules/resilience";
import { createTestHost, FakeClock, idempotencyStoreContract } from "tsmodules/testing";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { z } from "zod";
import { onEveryDatabase, onPostgres, onSharedDatabases } from "../../../test/databases.ts";
import { startProgram } from "../../../test/db/start-program.ts";
import { query } from "../../../test/postgres/query.ts";
import {
  ConnectionError,
  Database,
  DatabaseError,
  DatabaseIdempotencyStore,
  identifier,
  sql,
} from "../index.ts";

const program = new URL("../../../test/db/charge.ts", import.meta.url);
const TTL_MS = 60_000;

class Charge extends defineEvent("test.charge", {
  input: z.object({ amount: z.number() }),
  output: z.object({ at: z.date(), cents: z.bigint() }),
}) {}

const charge = (amount = 1) => new Charge({ amount }, { idempotencyKey: "order" });

/** What the table has for keys. */
function hashes(...keys: readonly string[]): string[] {
  return keys.map((key) => hash("sha256", key, "hex")).sort();
}

/** Keys expire by the time of the database, for which time passes by moving what is in it. */
function letPass(db: Database, ms: number): Promise<number> {
  return db.execute(sql`
    update tsmodules_idempotency_keys set expires_at = expires_at - ${ms}, leased_until = leased_until - ${ms}
  `);
}

onEveryDatabase("DatabaseIdempotencyStore", ({ open }) => {
  async function setUp() {
    const db = await open([]);
    const store = new DatabaseIdempotencyStore(db);
    const keys = async () => {
      const rows = await db.query<{ hash: string }>(sql`
        select key_hash as hash from tsmodules_idempotency_keys
      `);
      return rows.map(({ hash }) => hash).sort();
    };
    return { db, store, keys };
  }

  describe("does what every store does:", () => {
    let db: Database;
    const cases = idempotencyStoreContract(
      async () => {
        db = await open([]);
        return new DatabaseIdempotencyStore(db);
      },
      (ms) => letPass(db, ms),
    );
    it.each(cases)("$name", ({ run }) => run());
  });

  it("gives an outcome back as its contract has it, in another process too", async () => {
    const { db } = await setUp();
    const output = { at: new Date(0), cents: 2n ** 70n };
    const handler = vi.fn(() => output);
    const hosts = [1, 2].map(() =>
      createTestHost({ idempotency: { store: new DatabaseIdempotencyStore(db) } }).register(
        defineModule({ name: "payments" }, (module) => module.handle(Charge, handler)),
      ),
    );
    for (const host of hosts) expect(await host.send(charge())).toEqual(output);
    expect(handler).toHaveBeenCalledTimes(1);
    await expect(hosts[1]?.send(charge(2))).rejects.toThrow(IdempotencyKeyReusedError);
  });

  it("refuses an event whose output it could not give back, before anything is done", async () => {
    const { store } = await setUp();
    const output = z.object({ order: z.object({ tags: z.map(z.string(), z.number()) }) });
    class Tagged extends defineEvent("test.tagged", { output }) {}
    const handler = vi.fn(() => ({ order: { tags: new Map() } }));
    const host = createTestHost({ idempotency: { store } }).register(
      defineModule({ name: "tags" }, (module) => module.handle(Tagged, handler)),
    );
    const failure = await host.send(new Tagged({}, { idempotencyKey: "a" })).catch((error) => error);
    expect(failure).toBeInstanceOf(ConfigurationError);
    expect(failure.message).toMatch(/"test.tagged".*: order\.tags of its output/);
    expect(handler).not.toHaveBeenCalled();
    await host.send(new Tagged({}));
  });

  it("keeps of an outcome what its contract declares, and nothing else that a row has", async () => {
    const { db } = await setUp();
    const row: Record<string, unknown> = { at: new Date(0), cents: 1n, password: "s3cret" };
    row.self = row;
    const hosts = [1, 2].map(() =>
      createTestHost({ idempotency: { store: new DatabaseIdempotencyStore(db) } }).register(
        defineModule({ name: "payments" }, (module) => module.handle(Charge, () => row as never)),
      ),
    );
    await hosts[0]?.send(charge());
    expect(await hosts[1]?.send(charge())).toEqual({ at: new Date(0), cents: 1n });
    const [kept] = await db.query<{ output: string }>(sql`select output from tsmodules_idempotency_keys`);
    expect(kept?.output).not.toContain("s3cret");
  });

  it("keeps that there is no output", async () => {
    const { store } = await setUp();
    await store.claim("a", "f", TTL_MS);
    await store.complete("a", undefined);
    expect(await store.claim("a", "f", TTL_MS)).toEqual({
      status: "done",
      fingerprint: "f",
      output: undefined,
    });
  });

  it("says that an outcome cannot be said in JSON, and lets the key go", async () => {
    const { db, store } = await setUp();
    const circular: { self?: unknown } = {};
    circular.self = circular;
    await store.claim("a", "f", TTL_MS);
    await expect(store.complete("a", circular)).rejects.toThrow(/an outcome cannot be kept/);
    await letPass(db, 30_001);
    expect(await store.claim("a", "f", TTL_MS)).toEqual({ status: "claimed" });
  });

  it("gives a key that nobody renews to the next who asks, and keeps what that makes of it", async () => {
    const { db, store } = await setUp();
    const next = new DatabaseIdempotencyStore(db);
    await store.claim("a", "f", TTL_MS);
    await letPass(db, 30_001);
    expect(await next.claim("a", "f", TTL_MS)).toEqual({ status: "claimed" });
    await store.complete("a", "late");
    await store.release("a");
    expect(await next.claim("a", "f", TTL_MS)).toMatchObject({ status: "running" });
    await next.complete("a", "right");
    expect(await store.claim("a", "f", TTL_MS)).toMatchObject({ status: "done", output: "right" });
  });

  it("renews what it holds, as long as it holds it", async () => {
    const { db } = await setUp();
    const clock = new FakeClock();
    const store = new DatabaseIdempotencyStore(db, { leaseMs: 30_000, clock });
    const leased = async () => {
      const [row] = await db.query<{ until: number | string | null }>(
        sql`select leased_until as "until" from tsmodules_idempotency_keys`,
      );
      return Number(row?.until);
    };
    await store.claim("a", "f", TTL_MS);
    for (let times = 0; times < 3; times++) {
      await letPass(db, 25_000);
      const before = await leased();
      await clock.advance(10_000);
      await vi.waitFor(async () => expect(await leased()).toBeGreaterThan(before + 20_000));
    }
    await store.complete("a", 1);
    const renewed = vi.spyOn(db, "execute");
    await clock.advance(30_000);
    expect(renewed).not.toHaveBeenCalled();
  });

  it("renews all that it holds by one statement, also while an earlier one has no answer", async () => {
    const { db } = await setUp();
    const clock = new FakeClock();
    const store = new DatabaseIdempotencyStore(db, { leaseMs: 30_000, clock });
    const keys = Array.from({ length: 100 }, (_, number) => `'key' "${number}" 😀`);
    for (const key of keys) await store.claim(key, "f", TTL_MS);
    await letPass(db, 25_000);
    const statements = vi.spyOn(db, "execute").mockReturnValueOnce(new Promise(() => {}));
    await clock.advance(10_000);
    await clock.advance(10_000);
    expect(statements).toHaveBeenCalledTimes(2);
    expect(await statements.mock.results[1]?.value).toBe(100);
    const [soonest] = await db.query<{ until: number | string }>(sql`
      select min(leased_until) - min(expires_at) as "until" from tsmodules_idempotency_keys
    `);
    // Of the 60 s that a key is kept 25 have passed, of the 30 s of the lease none.
    expect(Number(soonest?.until)).toBeGreaterThan(-30_000);
  });

  it("writes an outcome once there is a connection again, and has the key until then", async () => {
    const { db } = await setUp();
    const clock = new FakeClock();
    const store = new DatabaseIdempotencyStore(db, { clock });
    await store.claim("a", "f", TTL_MS);
    const away = new ConnectionError("the server is down");
    const statements = vi.spyOn(db, "execute").mockRejectedValue(away);
    const completed = store.complete("a", "paid");
    await clock.advance(5_000);
    statements.mockRestore();
    expect(await store.claim("a", "f", TTL_MS)).toMatchObject({ status: "running" });
    await clock.advance(5_000);
    await completed;
    expect(await store.claim("a", "f", TTL_MS)).toMatchObject({ status: "done", output: "paid" });
  });

  it("gives up an outcome when there is no connection for as long as the lease", async () => {
    const { db } = await setUp();
    const clock = new FakeClock();
    const store = new DatabaseIdempotencyStore(db, { clock });
    await store.claim("a", "f", TTL_MS);
    const away = new ConnectionError("the server is down");
    const statements = vi.spyOn(db, "execute").mockRejectedValue(away);
    const failed = expect(store.complete("a", "paid")).rejects.toBe(away);
    for (let seconds = 0; seconds < 40; seconds++) await clock.advance(1_000);
    await failed;
    statements.mockRestore();
    await letPass(db, 30_001);
    expect(await store.claim("a", "f", TTL_MS)).toEqual({ status: "claimed" });
  });

  it("does not write an outcome again that the database refuses, or whose transaction has ended", async () => {
    const { db } = await setUp();
    const clock = new FakeClock();
    const store = new DatabaseIdempotencyStore(db, { clock });
    await store.claim("a", "f", TTL_MS);
    const refused = new DatabaseError("the disk is full");
    vi.spyOn(db, "execute").mockRejectedValueOnce(refused);
    await expect(store.complete("a", 1)).rejects.toBe(refused);
    const away = new ConnectionError("the server is down");
    const transaction = db.transaction(async () => {
      await store.claim("b", "f", TTL_MS);
      vi.spyOn(db, "execute").mockRejectedValueOnce(away);
      await store.complete("b", 1);
    });
    await expect(transaction).rejects.toBe(away);
  });

  it("gives no key twice in one process, though its lease was lost", async () => {
    const { db, store } = await setUp();
    await store.claim("a", "f", TTL_MS);
    await letPass(db, 30_001);
    expect(await store.claim("a", "other", TTL_MS)).toEqual({ status: "running", fingerprint: "f" });
    await store.release("a");
    expect(await store.claim("a", "other", TTL_MS)).toEqual({ status: "claimed" });
  });

  it("is part of the transaction that it is claimed in", async () => {
    const { db, store, keys } = await setUp();
    const failure = new Error("no");
    const undone = db.transaction(async () => {
      await store.claim("a", "f", TTL_MS);
      await store.complete("a", 1);
      throw failure;
    });
    await expect(undone).rejects.toBe(failure);
    expect(await store.claim("a", "f", TTL_MS)).toEqual({ status: "claimed" });
    await store.release("a");

    await db.transaction(async () => {
      await store.claim("a", "f", TTL_MS);
      await store.complete("a", 2);
    });
    expect(await store.claim("a", "f", TTL_MS)).toMatchObject({ status: "done", output: 2 });
    expect(await keys()).toEqual(hashes("a"));
  });

  it("gives nobody in the process the outcome of a transaction that is undone", async () => {
    const { db, store } = await setUp();
    const [first, second] = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
    const handler = vi.fn().mockReturnValueOnce(first.promise).mockReturnValueOnce(second.promise);
    const pay = new Idempotency({ store }).wrap((_charge: Charge): Promise<string> => handler());
    await store.claim("warm", "f", TTL_MS);

    const undone = db.transaction(async () => {
      await pay(charge());
      throw new Error("no commit");
    });
    await vi.waitFor(() => expect(handler).toHaveBeenCalledOnce());
    const other = pay(charge());
    first.resolve("undone");
    await expect(undone).rejects.toThrow("no commit");
    second.resolve("kept");
    expect(await other).toBe("kept");
  });

  it("lets no transaction wait for a call that may need the one writer there is", async () => {
    const { db, store } = await setUp();
    const [begun, held] = [Promise.withResolvers<void>(), Promise.withResolvers<string>()];
    const pay = new Idempotency({ store }).wrap((_charge: Charge) => {
      begun.resolve();
      return held.promise;
    });
    const first = pay(charge());
    await begun.promise;
    await expect(db.transaction(() => pay(charge()))).rejects.toThrow(IdempotencyKeyInUseError);
    held.resolve("paid");
    expect(await first).toBe("paid");
  });

  it("lets the handler's own error through where its transaction takes nothing more", async () => {
    const { db, store } = await setUp();
    const host = createTestHost({ propagateExceptions: true }).register(
      defineModule({ name: "payments" }, (module) => {
        module.handle(Charge, () => db.query(sql`select 1 from nowhere`) as never, {
          idempotency: { store },
        });
      }),
    );
    const { cause } = await db.transaction(() => host.send(charge())).catch((error) => error);
    expect(cause).toBeInstanceOf(DatabaseError);
    expect(String(cause)).toMatch(/nowhere/);
    expect(await store.claim("other", "f", TTL_MS)).toEqual({ status: "claimed" });
  });

  it("lets keys go whose time is over, now and then", async () => {
    const { db, keys } = await setUp();
    const clock = new FakeClock();
    const store = new DatabaseIdempotencyStore(db, { clock });
    await store.claim("old", "f", TTL_MS);
    await store.complete("old", 1);
    await store.claim("running", "f", 1);
    await letPass(db, TTL_MS - 1_000);
    await db.execute(sql`update tsmodules_idempotency_keys set leased_until = leased_until + 60000`);
    await clock.advance(60_000);
    await store.claim("new", "f", TTL_MS);
    expect(await keys()).toEqual(hashes("old", "running", "new"));
    await letPass(db, 1_000);
    await clock.advance(60_000);
    await store.claim("newer", "f", TTL_MS);
    await vi.waitFor(async () => expect(await keys()).toEqual(hashes("new", "newer", "running")));
  });

  it("lets thousands of keys go whose time is over, also where each is claimed in a transaction", async () => {
    const { db, store, keys } = await setUp();
    await db.transaction(() => store.claim("first", "f", TTL_MS));
    await db.execute(sql`
      insert into tsmodules_idempotency_keys (key_hash, fingerprint, owner, expires_at)
      with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < 2500)
      select 'key ' || n, 'f', 'owner', 0 from numbers
    `);
    const next = new DatabaseIdempotencyStore(db);
    await db.transaction(() => next.claim("next", "f", TTL_MS));
    await vi.waitFor(async () => expect(await keys()).toEqual(hashes("first", "next")));
  });

  it.each([
    { what: "waits for", result: () => new Promise<number>(() => {}) },
    { what: "fails for", result: () => Promise.reject(new DatabaseError("no")) },
  ])("no claim $what the keys that have to go", async ({ result }) => {
    const { db } = await setUp();
    await new DatabaseIdempotencyStore(db).claim("first", "f", TTL_MS);
    const insert = db.execute.bind(db);
    const statements = vi.spyOn(db, "execute").mockImplementationOnce(insert).mockImplementationOnce(result);
    const store = new DatabaseIdempotencyStore(db);
    expect(await store.claim("next", "f", TTL_MS)).toEqual({ status: "claimed" });
    expect(statements).toHaveBeenCalledTimes(2);
  });

  it("takes keys and inputs that would be SQL elsewhere", async () => {
    const { store } = await setUp();
    const hostile = "'); drop table tsmodules_idempotency_keys; -- 😀";
    await store.claim(hostile, hostile, TTL_MS);
    await store.complete(hostile, { hostile, zero: "\0" });
    expect(await store.claim(hostile, hostile, TTL_MS)).toEqual({
      status: "done",
      fingerprint: hostile,
      output: { hostile, zero: "\0" },
    });
  });

  it("takes keys of any length", async () => {
    const { store } = await setUp();
    // Random, for PostgreSQL would compress what is not.
    const long = randomBytes(100_000).toString("base64");
    expect(await store.claim(long, "f", TTL_MS)).toEqual({ status: "claimed" });
    await store.complete(long, 1);
    expect(await store.claim(long, "f", TTL_MS)).toMatchObject({ status: "done", output: 1 });
    expect(await store.claim(`${long}!`, "f", TTL_MS)).toEqual({ status: "claimed" });
  });

  it("keeps neither the key nor the input in clear", async () => {
    const { db, store } = await setUp();
    const pay = new Idempotency({ store }).wrap(async (_charge: Charge) => "paid");
    await pay(new Charge({ amount: 987_654 }, { idempotencyKey: "order of Ada" }));
    const rows = await db.query(sql`select * from tsmodules_idempotency_keys`);
    expect(JSON.stringify(rows)).toMatch(/paid/);
    expect(JSON.stringify(rows)).not.toMatch(/987654|Ada/);
  });

  it("is emptied by recreateSchema", async () => {
    const { db, store, keys } = await setUp();
    await store.claim("a", "f", TTL_MS);
    await db.recreateSchema();
    expect(await keys()).toEqual([]);
  });

  it("says that there is no database", async () => {
    const { db, store } = await setUp();
    await db.disconnect();
    await expect(store.claim("a", "f", TTL_MS)).rejects.toThrow(DatabaseError);
  });

  it("refuses options that it does not know", async () => {
    const { db } = await setUp();
    expect(() => new DatabaseIdempotencyStore(db, { leaseMs: -1 })).toThrow(ConfigurationError);
  });
});

onPostgres("DatabaseIdempotencyStore in transactions", ({ open, makeUrl }) => {
  it("makes its table apart from them: nobody else waits for that, and nobody looks for it again", async () => {
    const db = await open([]);
    const [first, second] = [new DatabaseIdempotencyStore(db), new DatabaseIdempotencyStore(db)];
    const undone = db.transaction(async () => {
      await first.claim("a", "f", TTL_MS);
      const other = db.outsideTransaction(() => second.claim("b", "f", TTL_MS));
      expect(await other).toEqual({ status: "claimed" });
      throw new Error("undone");
    });
    await expect(undone).rejects.toThrow("undone");
    const queries = vi.spyOn(db, "query");
    expect(await db.transaction(() => first.claim("a", "f", TTL_MS))).toEqual({ status: "claimed" });
    expect(queries).not.toHaveBeenCalled();
  });

  it("makes its table in them where there is no other connection", async () => {
    const db = await open([], { poolSize: 1, acquireTimeoutMs: 100 });
    const store = new DatabaseIdempotencyStore(db);
    expect(await db.transaction(() => store.claim("a", "f", TTL_MS))).toEqual({ status: "claimed" });
  });

  it("keeps no key from who has it when it is asked for", async () => {
    const db = await open([]);
    const [first, second] = [new DatabaseIdempotencyStore(db), new DatabaseIdempotencyStore(db)];
    await first.claim("a", "f", TTL_MS);
    await db.transaction(async () => {
      expect(await second.claim("a", "f", TTL_MS)).toMatchObject({ status: "running" });
      await db.outsideTransaction(() => first.complete("a", "done"));
      expect(await second.claim("a", "f", TTL_MS)).toMatchObject({ status: "done", output: "done" });
    });
  });

  it("keeps the leases of others from ending when it takes one that did", async () => {
    const db = await open([]);
    const clock = new FakeClock();
    const [first, second] = [
      new DatabaseIdempotencyStore(db, { clock }),
      new DatabaseIdempotencyStore(db, { clock }),
    ];
    for (const key of ["lost", "held"]) await first.claim(key, "f", TTL_MS);
    await letPass(db, 30_001);
    const statements = vi.spyOn(db, "execute");
    await db.transaction(async () => {
      expect(await second.claim("lost", "f", TTL_MS)).toEqual({ status: "claimed" });
      statements.mockClear();
      await db.outsideTransaction(() => clock.advance(10_000));
      expect(await statements.mock.results[0]?.value).toBe(1);
    });
  });

  it("lets who asks for a key wait for the transaction that has it", async () => {
    const url = await makeUrl();
    const both = [new Database({ url }), new Database({ url })] as const;
    onTestFinished(async () => {
      for (const db of both) await db.disconnect();
    });
    const [first, second] = both.map((db) => new DatabaseIdempotencyStore(db)) as [
      DatabaseIdempotencyStore,
      DatabaseIdempotencyStore,
    ];
    for (const db of both) await db.connect();
    await first.claim("warm", "f", TTL_MS);
    let asked: Promise<unknown> | undefined;
    await both[0].transaction(async () => {
      await first.claim("a", "f", TTL_MS);
      asked = both[0].outsideTransaction(() => second.claim("a", "f", TTL_MS));
      await vi.waitFor(async () => {
        const waiting = await both[0].query(sql`
          select 1 from pg_locks where not granted and locktype = 'transactionid'
        `);
        expect(waiting).not.toEqual([]);
      });
      await first.complete("a", "done");
    });
    expect(await asked).toMatchObject({ status: "done", output: "done" });
  });
});

onPostgres("DatabaseIdempotencyStore of a user who may make no tables", ({ makeUrl }) => {
  it("says who has to make its table, and works with what it was granted", async () => {
    const url = new URL(await makeUrl());
    await using db = new Database({ url: url.href });
    await db.connect();
    const role = `tsmodules_test_${randomBytes(8).toString("hex")}`;
    await db.execute(sql`create role ${identifier(role)} login password 'secret'`);
    onTestFinished(async () => {
      await query(url.href, `drop owned by ${role}; drop role ${role}`);
    });
    const [schema] = await db.query<{ name: string }>(sql`select current_schema() as name`);
    await db.execute(sql`grant usage on schema ${identifier(schema?.name ?? "")} to ${identifier(role)}`);
    const userUrl = Object.assign(new URL(url), { username: role, password: "secret" });
    await using user = new Database({ url: userUrl.href });
    await user.connect();
    const store = new DatabaseIdempotencyStore(user);
    const refusal = await store.claim("a", "f", TTL_MS).catch((error) => error);
    expect(refusal).toBeInstanceOf(DatabaseError);
    expect(refusal.message).toMatch(
      /"tsmodules_idempotency_keys" .*permission denied for schema.*prepare\(\)/,
    );

    await new DatabaseIdempotencyStore(db).prepare();
    const granted = sql`select, insert, update, delete on tsmodules_idempotency_keys`;
    await db.execute(sql`grant ${granted} to ${identifier(role)}`);
    expect(await store.claim("a", "f", TTL_MS)).toEqual({ status: "claimed" });
    await store.complete("a", 1);
    expect(await store.claim("a", "f", TTL_MS)).toMatchObject({ status: "done", output: 1 });
  });
});

onSharedDatabases("DatabaseIdempotencyStore of several processes", ({ makeUrl }) => {
  async function openWithCharges(url: string) {
    const db = new Database({ url });
    onTestFinished(() => db.disconnect());
    await db.connect();
    await db.execute(sql`create table charges (number integer, receipt text)`);
    return db;
  }

  it("lets one of them run each call, and gives its outcome to all", { timeout: 60_000 }, async () => {
    const url = await makeUrl();
    const db = await openWithCharges(url);
    const programs = [1, 2, 3].map(() => startProgram(program, [url, "all", "30"]));
    for (const program of programs) expect(await program.line()).toBe("ready");
    for (const program of programs) program.process.stdin.write("go\n");
    const outcomes = await Promise.all(programs.map(async (program) => JSON.parse(await program.line())));

    const charges = await db.query<{ receipt: string }>(sql`select receipt from charges order by number`);
    const receipts = charges.map(({ receipt }) => receipt);
    expect(receipts).toHaveLength(30);
    expect(outcomes).toEqual([receipts, receipts, receipts]);
  });

  it("frees the key of one that was killed once its lease is over", { timeout: 60_000 }, async () => {
    const url = await makeUrl();
    const db = await openWithCharges(url);
    const doomed = startProgram(program, [url, "hang"]);
    expect(await doomed.line()).toBe("charged");
    doomed.process.kill("SIGKILL");
    await once(doomed.process, "exit");

    const store = new DatabaseIdempotencyStore(db);
    const key = JSON.stringify(["test.charge", null, "order 0"]);
    const claim = () => store.claim(key, "f", TTL_MS);
    expect(await claim()).toMatchObject({ status: "running" });
    await letPass(db, 30_001);
    expect(await claim()).toEqual({ status: "claimed" });
  });
});

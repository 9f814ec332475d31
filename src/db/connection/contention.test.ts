import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { onEveryDatabase, onPostgres, onSharedDatabases } from "../../../test/databases.ts";
import { Counter } from "../../../test/db/counter.ts";
import { heldTransaction } from "../../../test/db/held-transaction.ts";
import { startProgram } from "../../../test/db/start-program.ts";
import { Database, Repository, sql } from "../index.ts";

const WRITER = new URL("../../../test/db/writer.ts", import.meta.url);

/** Adds one so many times, all at once. Each reads before it writes: what somebody else wrote in between would be lost. */
async function count(times: number, db: Database) {
  const locked = db.dialect === "sqlite" ? sql`` : sql`for update`;
  const add = () =>
    db.transaction(async () => {
      const [row] = await db.query<{ value: number }>(
        sql`select value from ${Counter} where id = 'a' ${locked}`,
      );
      await sleep(0);
      await db.execute(sql`update ${Counter} set value = ${(row?.value ?? 0) + 1} where id = 'a'`);
    });
  await Promise.all(Array.from({ length: times }, add));
}

onEveryDatabase("many at once", ({ open }) => {
  it("write in 50 transactions, and none is lost", async () => {
    const db = await open([Counter], { poolSize: 10 });
    const counters = new Repository(db, Counter);
    await counters.create({ id: "a" });
    await count(50, db);
    expect(await counters.getById("a")).toMatchObject({ value: 50 });
  });

  it("ask 1,000 things of two connections, and all are answered", async () => {
    const db = await open([Counter], { poolSize: 2 });
    const asked = Array.from({ length: 1_000 }, (_, index) =>
      db.query<{ n: number }>(sql`select cast(${index} as integer) as n`),
    );
    const answers = (await Promise.all(asked)).map(([row]) => row?.n);
    expect(answers).toEqual(Array.from({ length: 1_000 }, (_, index) => index));
  });

  it("are refused when they wait too long for a connection, which is there again thereafter", async () => {
    const db = await open([Counter], { poolSize: 1, acquireTimeoutMs: 1_000 });
    const counters = new Repository(db, Counter);
    const held = await heldTransaction(db);
    await expect(counters.create({ id: "a" })).rejects.toMatchObject({
      code: "CONNECTION",
      message: expect.stringContaining("within 1000 ms"),
    });
    await expect(db.transaction(() => {})).rejects.toMatchObject({ code: "CONNECTION" });
    held.end();
    await held.outcome;
    await counters.create({ id: "a" });
    expect(await counters.count()).toBe(1);
  });
});

onSharedDatabases("many processes", ({ makeUrl }) => {
  it("write in 50 transactions each, and none is lost", { timeout: 60_000 }, async () => {
    const url = await makeUrl();
    const db = new Database({ url, models: [Counter], busyTimeoutMs: 20_000 });
    onTestFinished(() => db.disconnect());
    await db.connect();
    await db.recreateSchema();
    const counters = new Repository(db, Counter);
    await counters.create({ id: "a" });
    const processes = Array.from({ length: 2 }, () => startProgram(WRITER, [url, "add", "50"]).process);
    const exits = Promise.all(processes.map((one) => once(one, "exit")));
    await count(50, db);
    expect(await exits).toEqual(Array(2).fill([0, null]));
    expect(await counters.getById("a")).toMatchObject({ value: 150 });
  });
});

onPostgres("a pool", ({ open }) => {
  it("says how many connections are in use when there is none left", async () => {
    const db = await open([Counter], { poolSize: 2, acquireTimeoutMs: 1_000 });
    const held = [await heldTransaction(db), await heldTransaction(db)];
    await expect(db.query(sql`select 1`)).rejects.toThrow(
      /^no connection within 1000 ms: 2 of the pool's 2 are in use and 0 other callers wait; transactions that take long/,
    );
    for (const { end } of held) end();
    await Promise.all(held.map(({ outcome }) => outcome));
  });

  it("prepares many statements, and not without end", async () => {
    const db = await open([Counter], { poolSize: 1 });
    const counters = new Repository(db, Counter);
    const list = (length: number) => Array.from({ length }, (_, index) => `${index}`);
    for (const operator of ["eq", "gt", "gte", "lt", "lte", "ne"] as const) {
      for (let some = 1; some <= 14; some++) {
        for (let others = 1; some + others <= 15; others++) {
          await counters.count({ id: { in: list(some), notIn: list(others) }, value: { [operator]: 1 } });
        }
      }
    }
    await counters.update("a", { value: 1 });
    const prepared = await preparedOf(db);
    expect(prepared.length).toBeLessThanOrEqual(500);
    expect(prepared.at(-1)).toMatch(/^update /);
  });

  it("prepares nothing where it was told so", async () => {
    const db = await open([Counter], { poolSize: 1, preparedStatements: false });
    await new Repository(db, Counter).getById("a");
    expect(await preparedOf(db)).toEqual([]);
  });

  it("prepares a statement by the same name in every process", async () => {
    const namesAfter = async (...reads: ((counters: Repository<typeof Counter>) => Promise<unknown>)[]) => {
      const db = await open([Counter], { poolSize: 1 });
      for (const read of reads) await read(new Repository(db, Counter));
      return db.query(sql`select name, statement from pg_prepared_statements order by statement`);
    };
    const [one, other] = [
      await namesAfter(
        (counters) => counters.getById("a"),
        (counters) => counters.count(),
      ),
      await namesAfter(
        (counters) => counters.count(),
        (counters) => counters.getById("a"),
      ),
    ];
    expect(one).toHaveLength(2);
    expect(other).toEqual(one);
  });
});

/** Statements that the only connection has prepared, in that order. */
async function preparedOf(db: Database): Promise<string[]> {
  const rows = await db.query<{ statement: string }>(
    sql`select statement from pg_prepared_statements order by prepare_time`,
  );
  return rows.map(({ statement }) => statement);
}

import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { Counter } from "../../../test/db/counter.ts";
import { heldTransaction } from "../../../test/db/held-transaction.ts";
import { startProgram } from "../../../test/db/start-program.ts";
import { Tmpfs } from "../../../test/postgres/tmpfs.ts";
import { Database, type DatabaseOptions, defineModel, p, Repository, sql } from "../index.ts";

const WRITER = new URL("../../../test/db/writer.ts", import.meta.url);

const Thing = defineModel("things", { id: p.string().primary(), text: p.text().default("") });

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "tsmodules-sqlite-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

async function connected(path: string, options: Omit<DatabaseOptions, "url" | "models"> = {}) {
  const db = new Database({ url: `sqlite:${path}`, models: [Thing, Counter], ...options });
  onTestFinished(() => db.disconnect());
  await db.connect();
  await db.recreateSchema();
  return { db, things: new Repository(db, Thing), counters: new Repository(db, Counter) };
}

it.for<[string, (folder: string) => string, RegExp]>([
  ["a folder that is not there", (folder) => join(folder, "no", "a.db"), /unable to open database file/],
  [
    "a folder",
    (folder) => {
      mkdirSync(join(folder, "a.db"));
      return join(folder, "a.db");
    },
    /unable to open database file/,
  ],
  [
    "a file that is no database",
    (folder) => {
      writeFileSync(join(folder, "a.db"), "not a database, and long enough to be seen as none".repeat(100));
      return join(folder, "a.db");
    },
    /file is not a database/,
  ],
])("%s is a ConnectionError that names it", async ([, makePath, message]) => {
  const path = makePath(folder());
  const db = new Database({ url: `sqlite:${path}`, models: [Thing] });
  await expect(db.connect()).rejects.toMatchObject({
    name: "ConnectionError",
    message: expect.stringMatching(message),
  });
  await expect(db.connect()).rejects.toThrow(path);
  expect(db.isConnected).toBe(false);
});

it("a file that is damaged is an error of what reads it", async () => {
  const path = join(folder(), "a.db");
  const { db, things } = await connected(path);
  await things.createMany(
    Array.from({ length: 500 }, (_, index) => ({ id: `${index}`, text: "x".repeat(500) })),
  );
  await db.execute(sql`pragma wal_checkpoint(truncate)`);
  await db.disconnect();
  const { open } = await import("node:fs/promises");
  const file = await open(path, "r+");
  await file.write(Buffer.alloc(150_000, 0xa5), 0, 150_000, 20_000);
  await file.close();
  const damaged = new Database({ url: `sqlite:${path}`, models: [Thing, Counter] });
  onTestFinished(() => damaged.disconnect());
  await damaged.connect();
  await expect(new Repository(damaged, Thing).getAll({ limit: 500 })).rejects.toMatchObject({
    code: "REPOSITORY",
    message: expect.stringContaining("malformed"),
  });
});

it("a file that may only be read is an error that says so", async () => {
  const path = join(folder(), "a.db");
  const { db } = await connected(path);
  await db.disconnect();
  chmodSync(path, 0o444);
  chmodSync(join(path, ".."), 0o555);
  // The superuser may write everywhere.
  const isSuperuser = process.getuid?.() === 0;
  if (isSuperuser) process.seteuid?.(65_534);
  const readOnly = new Database({ url: `sqlite:${path}`, models: [Thing, Counter] });
  try {
    const opened = readOnly.connect().then(() => new Repository(readOnly, Thing).create({ id: "a" }));
    await expect(opened).rejects.toMatchObject({
      message: expect.stringMatching(/readonly database|unable to open database file/),
      name: expect.stringMatching(/ConnectionError|RepositoryError/),
    });
  } finally {
    if (isSuperuser) process.seteuid?.(0);
    await readOnly.disconnect();
    chmodSync(join(path, ".."), 0o755);
  }
});

it("a disk that is full refuses rows, and what was begun is undone", async ({ skip }) => {
  const tmpfs = await Tmpfs.mount(skip, 4);
  onTestFinished(() => tmpfs.unmount());
  const { db, things } = await connected(join(tmpfs.path, "a.db"));
  const big = "x".repeat(100_000);
  tmpfs.fill();
  await expect(things.create({ id: "lost", text: big })).rejects.toMatchObject({
    code: "REPOSITORY",
    message: expect.stringContaining("the disk is full"),
  });
  const transaction = db.transaction(async () => {
    await things.create({ id: "small" });
    // SQLite may undo the whole transaction, and not only what it had no room for.
    await db.transaction(() => things.create({ id: "lost", text: big.repeat(9) })).catch(() => {});
    await things.create({ id: "after" });
  });
  await transaction.catch(() => {});
  tmpfs.makeRoom();
  const left = (await things.getAll()).map(({ id }) => id).sort();
  const committed = await transaction.then(
    () => true,
    () => false,
  );
  expect(left).toEqual(committed ? ["after", "small"] : []);
  await things.create({ id: "kept", text: big });
  expect(await things.exists("kept")).toBe(true);
  await db.disconnect();
});

it("a transaction that SQLite has undone by itself is undone as a whole, and the next one begins anew", async () => {
  const { db, things } = await connected(join(folder(), "a.db"));
  const transaction = db.transaction(async () => {
    await things.create({ id: "before" });
    const nested = db.transaction(async () => {
      await things.create({ id: "nested" });
      await db.execute(sql`insert or rollback into ${Thing} (id, text) values (${"nested"}, '')`);
    });
    await nested.catch(() => {});
    await things.create({ id: "after" });
  });
  await expect(transaction).rejects.toMatchObject({ code: "TRANSACTION" });
  expect(await things.count()).toBe(0);
  await db.transaction(() => things.create({ id: "next" }));
  expect(await things.count()).toBe(1);
});

it("a database that another process has locked is waited for, while everything else goes on", async () => {
  const path = join(folder(), "a.db");
  const { db, things } = await connected(path);
  const other = new DatabaseSync(path);
  onTestFinished(() => other.close());
  other.exec("begin immediate");
  const writes = [things.create({ id: "a" }), db.transaction(() => things.create({ id: "b" }))];
  expect(await things.count()).toBe(0);
  // Who stood still instead, until busyTimeoutMs is over, would keep this thread from ending what it waits for.
  await sleep(200);
  other.exec("commit");
  await Promise.all(writes);
  expect(await things.count()).toBe(2);
});

it("a database that stays locked is an error, no later than was asked for", async () => {
  const path = join(folder(), "a.db");
  const { db, things } = await connected(path, { busyTimeoutMs: 100 });
  const other = new DatabaseSync(path);
  onTestFinished(() => other.close());
  other.exec("begin immediate");
  const startedAt = performance.now();
  const refusal = {
    code: "CONNECTION",
    message: "there is no connection to the database: the database is locked by another process",
  };
  await expect(things.create({ id: "a" })).rejects.toMatchObject(refusal);
  await expect(db.transaction(() => things.create({ id: "a" }))).rejects.toMatchObject(refusal);
  // Before it would be over by default.
  expect(performance.now() - startedAt).toBeLessThan(5_000);
  other.exec("rollback");
  await things.create({ id: "a" });
});

it("a database that is locked altogether cannot be connected to", async () => {
  const path = join(folder(), "a.db");
  const other = new DatabaseSync(path);
  onTestFinished(() => other.close());
  other.exec("create table a (b); pragma locking_mode = exclusive; begin exclusive");
  const db = new Database({ url: `sqlite:${path}`, busyTimeoutMs: 50 });
  await expect(db.connect()).rejects.toMatchObject({
    code: "CONNECTION",
    message: `cannot open "sqlite:${path}": the database is locked by another process`,
  });
});

it("readers go on over a connection of their own while a transaction takes its time", async () => {
  const { db, things } = await connected(join(folder(), "a.db"));
  await things.create({ id: "there" });
  const held = await heldTransaction(db, () => things.create({ id: "uncommitted" }));
  expect((await things.getAll()).map(({ id }) => id)).toEqual(["there"]);
  expect(await db.query(sql`with all_things as (select * from ${Thing}) select id from all_things`)).toEqual([
    { id: "there" },
  ]);
  expect(await db.health()).toMatchObject({ status: "healthy" });
  const writing = things.create({ id: "waiting" });
  expect(await things.count()).toBe(1);
  held.end();
  await Promise.all([held.outcome, writing]);
  expect(await things.count()).toBe(3);
});

it("reads go on while a transaction takes its time, whatever words are in them, and writes wait", async () => {
  const { db, things } = await connected(join(folder(), "a.db"), { acquireTimeoutMs: 100 });
  await things.create({ id: "there" });
  const held = await heldTransaction(db);
  for (const read of [
    sql`pragma table_info(things)`,
    sql`/* what ; is */ -- there
      select * from ${Thing}`,
    sql`select replace(id, 't', 'T') as "update" from ${Thing} where text <> 'delete'`,
  ]) {
    expect(await db.query(read)).not.toEqual([]);
  }
  for (const write of [
    sql`with one as (select 'new' as id) insert into ${Thing} (id, text) select id, '' from one`,
    sql`select 1; create table others (id text)`,
    sql`pragma case_sensitive_like = on`,
  ]) {
    await expect(db.execute(write)).rejects.toMatchObject({
      code: "CONNECTION",
      message: expect.stringContaining("was not free within 100 ms"),
    });
  }
  held.end();
  await held.outcome;
});

it("a process that is killed in the middle of a transaction leaves nothing of it", {
  timeout: 20_000,
}, async () => {
  const path = join(folder(), "a.db");
  const { db, counters } = await connected(path);
  await counters.create({ id: "before" });
  const writer = startProgram(WRITER, [`sqlite:${path}`, "hang"]);
  expect(await writer.line()).toBe("inserted");
  expect((await counters.getAll()).map(({ id }) => id)).toEqual(["before"]);
  writer.process.kill("SIGKILL");
  await once(writer.process, "exit");
  expect((await counters.getAll()).map(({ id }) => id)).toEqual(["before"]);
  await db.transaction(() => counters.create({ id: "after" }));
  expect(await counters.count()).toBe(2);
  expect(await db.query(sql`pragma integrity_check`)).toEqual([{ integrity_check: "ok" }]);
});

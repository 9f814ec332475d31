import { setTimeout as sleep } from "node:timers/promises";
import { inspect } from "node:util";
import { afterAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { heldTransaction } from "../../../test/db/held-transaction.ts";
import { freePort } from "../../../test/postgres/free-port.ts";
import { NetFault } from "../../../test/postgres/net-fault.ts";
import { query } from "../../../test/postgres/query.ts";
import { ThrowAwayCluster } from "../../../test/postgres/throw-away-cluster.ts";
import { Tmpfs } from "../../../test/postgres/tmpfs.ts";
import { Database, type DatabaseOptions, defineModel, p, Repository, sql } from "../index.ts";

const PASSWORD = "s3cret/p@ss:word";

const Thing = defineModel("things", { id: p.string().primary(), text: p.text().default("") });

async function connected(url: string, options: Omit<DatabaseOptions, "url" | "models"> = {}) {
  const db = new Database({ url, models: [Thing], ...options });
  onTestFinished(() => db.disconnect());
  await db.connect();
  await db.recreateSchema();
  return { db, things: new Repository(db, Thing) };
}

async function refusal(url: string, options: Omit<DatabaseOptions, "url"> = {}): Promise<unknown> {
  const db = new Database({ url, ...options });
  const error = await db.connect().then(
    () => db.disconnect(),
    (error) => error,
  );
  expect(db.isConnected).toBe(false);
  return error;
}

it("a server that is not there is a ConnectionError that names it", async () => {
  const error = await refusal(`postgresql://ada:s3cret@127.0.0.1:${await freePort()}/shop`);
  expect(error).toMatchObject({
    name: "ConnectionError",
    message: expect.stringMatching(
      /^cannot open "postgresql:\/\/\*\*\*@127\.0\.0\.1:\d+\/shop": .*ECONNREFUSED/,
    ),
  });
  expect(inspect(error, { depth: 9, showHidden: true })).not.toContain("s3cret");
});

describe("a PostgreSQL", { timeout: 60_000 }, () => {
  let cluster: ThrowAwayCluster;

  beforeEach(async ({ skip }) => {
    cluster ??= await ThrowAwayCluster.create(skip, { password: PASSWORD });
  }, 60_000);

  afterAll(() => cluster?.destroy());

  async function pause() {
    onTestFinished(() => cluster.resume());
    await cluster.pause();
  }

  it.for<[string, () => string, RegExp]>([
    [
      "another password",
      () => cluster.url("postgres", "postgres", "wr0ng"),
      /password authentication failed/,
    ],
    ["an unknown database", () => cluster.url("nowhere"), /database "nowhere" does not exist/],
    ["an unknown user", () => cluster.url("postgres", "nobody"), /password authentication failed/],
    ["an option that it does not know", () => `${cluster.url()}?options=-c%20colour%3Dred`, /colour/],
  ])("refuses %s, and the error holds no password", async ([, url, message]) => {
    const error = await refusal(url());
    expect(error).toMatchObject({ code: "CONNECTION", message: expect.stringMatching(message) });
    const seen = inspect(error, { depth: 9, showHidden: true });
    for (const secret of [PASSWORD, encodeURIComponent(PASSWORD), "wr0ng"])
      expect(seen).not.toContain(secret);
  });

  it("takes names and a password with special characters from a URL and from its parts", async () => {
    const name = "a/@:;&=+$,%2F% ü'\\\"";
    const quoted = `"${name.replaceAll('"', '""')}"`;
    await query(cluster.url(), `create database ${quoted}`);
    await query(cluster.url(), `create role ${quoted} login password '${name.replaceAll("'", "''")}'`);
    const { href, hostname, port } = new URL(cluster.url(name, name, name));
    const parts = {
      TSMODULES_DB_HOST: hostname,
      TSMODULES_DB_PORT: port,
      TSMODULES_DB_NAME: name,
      TSMODULES_DB_USER: name,
      TSMODULES_DB_PASSWORD: name,
    };
    for (const made of [new Database({ url: href }), Database.fromEnv({}, parts)]) {
      await using db = made;
      await db.connect();
      const rows = await db.query(sql`select current_database() as name, current_user as user`);
      expect(rows).toEqual([{ name, user: name }]);
    }
  });

  it("that is killed while it works breaks off what it does, and is used again when it is back", async () => {
    const { db, things } = await connected(cluster.url(), { poolSize: 3 });
    await things.create({ id: "before" });
    const slow = db.query(sql`select pg_sleep(30)`);
    const held = await heldTransaction(
      db,
      () => things.create({ id: "inside" }),
      () => things.create({ id: "too late" }),
    );
    const outcomes = Promise.allSettled([slow, held.outcome]);
    await cluster.kill();
    held.end();
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ status: "rejected", reason: { code: "CONNECTION" } });
    }
    await expect(things.count()).rejects.toMatchObject({ code: "CONNECTION" });
    expect(await db.health()).toMatchObject({ status: "unhealthy" });

    await cluster.start();
    expect((await things.getAll()).map(({ id }) => id)).toEqual(["before"]);
    expect(await db.health()).toMatchObject({ status: "healthy" });
    await Promise.all(Array.from({ length: 9 }, (_, index) => things.create({ id: `after ${index}` })));
    expect(await things.count()).toBe(10);
  });

  it("that restarts in an orderly way is used again at once", async () => {
    const { db, things } = await connected(cluster.url(), { poolSize: 3 });
    await Promise.all(Array.from({ length: 3 }, () => things.count()));
    const transaction = db.transaction(async () => {
      await things.create({ id: "inside" });
      await cluster.restart();
    });
    await expect(transaction).rejects.toMatchObject({ code: "CONNECTION" });
    expect(await things.count()).toBe(0);
  });

  it("that does not answer is given up after the time that a statement may take", async () => {
    const { db, things } = await connected(cluster.url(), { poolSize: 2, statementTimeoutMs: 1_000 });
    const tooSlow = db.query(sql`select pg_sleep(5)`);
    await expect(tooSlow).rejects.toMatchObject({ code: "DATABASE", message: /took too long/ });
    const held = await heldTransaction(
      db,
      () => things.create({ id: "inside" }),
      () => things.create({ id: "in vain" }),
    );
    const outcome = expect(held.outcome).rejects.toMatchObject({ code: "CONNECTION" });
    await pause();
    held.end();
    const startedAt = performance.now();
    expect(await db.health({ timeoutMs: 100 })).toEqual({
      status: "unhealthy",
      message: "there is no connection",
      error: expect.objectContaining({ message: "no answer within 100 ms" }),
    });
    // Before the statement is given up by itself: the client waits for the server's own refusal, and 1 s longer.
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    await outcome;
    cluster.resume();
    expect(await things.count()).toBe(0);
    expect(await db.health()).toMatchObject({ status: "healthy" });
  });

  it("that does not answer is no reason for health checks to use up the pool", async () => {
    const { db, things } = await connected(cluster.url(), { poolSize: 1, acquireTimeoutMs: 1_000 });
    await pause();
    expect(await db.health({ timeoutMs: 50 })).toMatchObject({ status: "unhealthy" });
    await sleep(50); // Until its connection is thrown away.
    // There is one to be had again: it is new, and not answered.
    await expect(things.count()).rejects.toThrow("due to connection timeout");
    cluster.resume();
    expect(await things.count()).toBe(0);
  });

  it("that takes no more connections says so", async () => {
    const { things } = await connected(cluster.url(), { poolSize: 1 });
    const others = await connected(cluster.url(), { poolSize: 40 });
    const sleeping = Array.from({ length: 40 }, () => others.db.query(sql`select pg_sleep(0.2)`));
    const refused = (await Promise.allSettled(sleeping)).filter(({ status }) => status === "rejected");
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]).toMatchObject({ reason: { code: "CONNECTION" } });
    expect(await things.count()).toBe(0);
    expect(await others.things.count()).toBe(0);
  });

  it("by a network that breaks, hangs or talks nonsense is an error, and used again thereafter", async () => {
    const network = await NetFault.before(cluster.url());
    onTestFinished(() => network.close());
    const { db, things } = await connected(network.url, { poolSize: 2, acquireTimeoutMs: 1_000 });

    const sleeping = expect(db.query(sql`select pg_sleep(5)`)).rejects.toMatchObject({ code: "CONNECTION" });
    await sleep(50);
    network.cut();
    await sleeping;
    expect(await things.count()).toBe(0);

    network.garble();
    await expect(things.count()).rejects.toMatchObject({ code: "CONNECTION" });
    await expect(db.transaction(() => things.count())).rejects.toMatchObject({ code: "CONNECTION" });
    expect(await refusal(network.url)).toMatchObject({ code: "CONNECTION" });
    network.garble(Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n"));
    expect(await refusal(network.url, { acquireTimeoutMs: 200 })).toMatchObject({ code: "CONNECTION" });
    network.heal();
    expect(await things.count()).toBe(0);

    network.hang();
    expect(await refusal(network.url, { acquireTimeoutMs: 100 })).toMatchObject({
      code: "CONNECTION",
      message: expect.stringContaining("timeout"),
    });
    network.heal();
    expect(await things.count()).toBe(0);
  });

  it("can be disconnected from while it does not answer", async () => {
    const { db } = await connected(cluster.url(), { poolSize: 2, acquireTimeoutMs: 1_000 });
    await pause();
    const waiting = expect(db.query(sql`select 1`)).rejects.toMatchObject({ code: "CONNECTION" });
    await sleep(10);
    await db.disconnect();
    await waiting;
    cluster.resume();
  });

  it("forgets what its connections prepared for a table that has changed", async () => {
    const { db, things } = await connected(cluster.url(), { poolSize: 2 });
    await things.create({ id: "a" });
    const both = () => Promise.all([things.getById("a"), things.getById("a")]);
    await both();
    await db.execute(sql`alter table ${Thing} alter column text type varchar(100)`);
    expect(await both()).toMatchObject([{ id: "a" }, { id: "a" }]);
    expect(await both()).toMatchObject([{ id: "a" }, { id: "a" }]);
  });
});

it("a PostgreSQL whose disk is full refuses rows, and goes on when there is room again", {
  timeout: 60_000,
}, async ({ skip }) => {
  const tmpfs = await Tmpfs.mount(skip, 64);
  onTestFinished(() => tmpfs.unmount());
  const cluster = await ThrowAwayCluster.create(skip, { directory: tmpfs.path });
  onTestFinished(() => cluster.destroy());
  const { db, things } = await connected(cluster.url());
  const big = (name: string) =>
    Array.from({ length: 100 }, (_, index) => ({ id: `${name} ${index}`, text: "x".repeat(1_900) }));
  tmpfs.fill();
  await expect(things.createMany(big("lost"))).rejects.toMatchObject({
    code: "REPOSITORY",
    message: expect.stringMatching(/^things\.createMany: the disk is full: /),
  });
  const transaction = db.transaction(() => things.createMany(big("lost")));
  await expect(transaction).rejects.toMatchObject({ code: "REPOSITORY" });
  tmpfs.makeRoom();
  await things.createMany(big("kept"));
  expect(await things.count()).toBe(100);
  await db.disconnect();
});

import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { afterAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { isAlive } from "./processes.ts";
import { query } from "./query.ts";
import { sharedMemory, sharedMemoryOf } from "./shared-memory.ts";
import { ThrowAwayCluster } from "./throw-away-cluster.ts";

/** A connection, what it was told by the server before it ended, and its end. */
async function connection(url: string) {
  const client = new Client({ connectionString: url, query_timeout: 300 });
  const errors: unknown[] = [];
  client.on("error", (error) => errors.push(error));
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  client.on("end", resolve);
  await client.connect();
  onTestFinished(() => client.end());
  return { client, errors, ended };
}

describe("a cluster of a test's own", { timeout: 60_000 }, () => {
  let cluster: ThrowAwayCluster;

  beforeEach(async ({ skip }) => {
    cluster ??= await ThrowAwayCluster.create(skip, { maxConnections: 7, password: "a?b/c@d" });
  });

  afterAll(() => cluster?.destroy());

  it("is as it was ordered", async () => {
    const [settings] = await query(
      cluster.url(),
      "select current_setting('max_connections') as connections, current_setting('server_encoding') as encoding",
    );
    expect(settings).toEqual({ connections: "7", encoding: "UTF8" });
  });

  it("has URLs of its databases and users", async () => {
    await query(cluster.url(), `create database "a b"`);
    await query(cluster.url(), `create role "ada@home" login password 'p:w'`);
    expect(
      await query(cluster.url("a b", "ada@home", "p:w"), "select current_database(), current_user"),
    ).toEqual([{ current_database: "a b", current_user: "ada@home" }]);
  });

  it("lets nobody in with another password than it was given", async () => {
    const wrong = query(cluster.url("postgres", "postgres", "wrong"), "select 1");
    await expect(wrong).rejects.toMatchObject({ code: "28P01" });
  });

  it("is gone at once when it is killed, and comes back with what was committed", async () => {
    const { client, ended } = await connection(cluster.url());
    await client.query("create table survivors as select 1 as id");
    await client.query("begin; insert into survivors values (2)");
    const { pids } = cluster;
    await cluster.kill();
    await ended;
    expect(pids.length).toBeGreaterThan(3);
    expect(pids.filter(isAlive)).toEqual([]);
    expect(cluster.pids).toEqual([]);
    await expect(query(cluster.url(), "select 1")).rejects.toMatchObject({ code: "ECONNREFUSED" });

    await cluster.start();
    expect(await query(cluster.url(), "select id from survivors")).toEqual([{ id: 1 }]);
  });

  it("tells who is connected when it restarts", async () => {
    const { errors, ended } = await connection(cluster.url());
    await cluster.restart();
    await ended;
    expect(errors[0]).toMatchObject({ code: "57P01" });
    expect(await query(cluster.url(), "select 1 as one")).toEqual([{ one: 1 }]);
  });

  it("answers nothing while it is paused, and goes on thereafter", async () => {
    const { client } = await connection(cluster.url());
    const waiting = new Client({ connectionString: cluster.url() });
    onTestFinished(() => waiting.end());
    await cluster.pause();
    await expect(client.query("select 1")).rejects.toThrow("Query read timeout");
    const late = new Client({ connectionString: cluster.url(), connectionTimeoutMillis: 300 });
    await expect(late.connect()).rejects.toThrow("timeout expired");
    const connecting = waiting.connect();
    cluster.resume();
    await connecting;
    expect((await waiting.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
  });

  it("stops also when it is paused", async () => {
    await cluster.pause();
    await cluster.stop();
    expect(cluster.pids).toEqual([]);
    await cluster.start();
    expect(await query(cluster.url(), "select 1 as one")).toEqual([{ one: 1 }]);
  });

  it("is not started twice, nor stopped when it does not run", async () => {
    await expect(cluster.start()).rejects.toThrow("the cluster runs already");
    await cluster.stop();
    await expect(cluster.stop()).rejects.toThrow("the cluster does not run");
    await cluster.start();
  });
});

describe("a destroyed cluster", { timeout: 60_000 }, () => {
  it.for<[string, (cluster: ThrowAwayCluster) => unknown]>([
    ["while it runs", () => {}],
    ["while it is paused", (cluster) => cluster.pause()],
    ["after it was killed", (cluster) => cluster.kill()],
    ["after it was stopped", (cluster) => cluster.stop()],
  ])("leaves neither processes nor files nor shared memory: %s", async ([, prepare], { skip }) => {
    const cluster = await ThrowAwayCluster.create(skip);
    const { folder, pids } = cluster;
    const segment = sharedMemoryOf(folder);
    expect(sharedMemory()).toContain(segment);
    await prepare(cluster);
    await cluster.destroy();
    expect(pids.filter(isAlive)).toEqual([]);
    expect(existsSync(folder)).toBe(false);
    expect(sharedMemory()).not.toContain(segment);
    await cluster.destroy();
  });
});

it("a cluster that does not start says why, and leaves nothing", { timeout: 60_000 }, async ({ skip }) => {
  const directory = mkdtempSync(join(tmpdir(), "tsmodules-test-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  chmodSync(directory, 0o755);
  const creation = ThrowAwayCluster.create(skip, { directory, settings: { colour: "red" } });
  await expect(creation).rejects.toThrow('unrecognized configuration parameter "colour"');
  expect(readdirSync(directory)).toEqual([]);
});

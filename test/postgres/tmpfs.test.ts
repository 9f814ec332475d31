import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, it, onTestFinished, vi } from "vitest";
import { isAlive } from "./processes.ts";
import { query } from "./query.ts";
import { sharedMemory, sharedMemoryOf } from "./shared-memory.ts";
import { ThrowAwayCluster } from "./throw-away-cluster.ts";
import { Tmpfs } from "./tmpfs.ts";

it("SQLite finds the disk full, and then room again", async ({ skip }) => {
  const tmpfs = await Tmpfs.mount(skip, 4);
  onTestFinished(() => tmpfs.unmount());
  const database = new DatabaseSync(join(tmpfs.path, "things.db"));
  onTestFinished(() => database.close());
  database.exec("create table things (text)");
  const insert = database.prepare("insert into things values (?)");
  tmpfs.fill();
  expect(() => insert.run("x".repeat(100_000))).toThrow("database or disk is full");
  tmpfs.makeRoom();
  expect(insert.run("x".repeat(100_000)).changes).toBe(1);
});

it("PostgreSQL finds the disk full, and then room again", { timeout: 60_000 }, async ({ skip }) => {
  const tmpfs = await Tmpfs.mount(skip, 64);
  onTestFinished(() => tmpfs.unmount());
  const cluster = await ThrowAwayCluster.create(skip, { directory: tmpfs.path });
  onTestFinished(() => cluster.destroy());
  await query(cluster.url(), "create table things (text text)");
  const insert = "insert into things select repeat('x', 1000) from generate_series(1, 1000)";
  tmpfs.fill();
  await expect(query(cluster.url(), insert)).rejects.toMatchObject({ code: "53100" });
  tmpfs.makeRoom();
  await query(cluster.url(), insert);
  expect(await query(cluster.url(), "select count(*)::int from things")).toEqual([{ count: 1000 }]);
});

it("is gone when it is unmounted, in use or not", async ({ skip }) => {
  const tmpfs = await Tmpfs.mount(skip, 1);
  const database = new DatabaseSync(join(tmpfs.path, "things.db"));
  onTestFinished(() => database.close());
  expect(mounts()).toContain(tmpfs.path);
  await tmpfs.unmount();
  expect(mounts()).not.toContain(tmpfs.path);
  expect(existsSync(tmpfs.path)).toBe(false);
});

it("nothing outlives a process that is killed", { timeout: 60_000 }, async ({ skip }) => {
  await (await Tmpfs.mount(skip, 1)).unmount();
  const script = join(import.meta.dirname, "abandoned.ts");
  const owner = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(owner.stdout, "data");
  const { path, folder, pids } = JSON.parse(String(line)) as { path: string; folder: string; pids: number[] };
  expect(existsSync(folder)).toBe(true);
  expect(pids.every(isAlive)).toBe(true);
  const segment = sharedMemoryOf(folder);
  expect(sharedMemory()).toContain(segment);
  owner.kill("SIGKILL");
  const left = () =>
    [path, folder].filter((place) => existsSync(place)).concat(pids.filter(isAlive).map(String));
  await vi.waitFor(() => expect(left()).toEqual([]), { timeout: 20_000, interval: 20 });
  await vi.waitFor(() => expect(sharedMemory()).not.toContain(segment), { timeout: 20_000, interval: 20 });
  expect(mounts()).not.toContain(path);
});

function mounts(): string {
  return readFileSync("/proc/mounts", "utf8");
}

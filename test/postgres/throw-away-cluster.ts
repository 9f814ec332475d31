import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "vitest";
import { skipBecause, skipWithout } from "../skip-without.ts";
import { freePort } from "./free-port.ts";
import { Guard } from "./guard.ts";
import { childrenOf, freeze, gone, signal } from "./processes.ts";
import { findServerPrograms, serverIdentity } from "./programs.ts";

export interface ClusterOptions {
  /** Where its folder is made, such as on a tmpfs: a place that everybody can reach. @default os.tmpdir() */
  readonly directory?: string;
  /** How many connections it takes, from whomever. @default 20 */
  readonly maxConnections?: number;
  /** The password of the user `postgres`. Without one everybody is let in as whom he likes. */
  readonly password?: string;
  /** Further settings of postgresql.conf, such as `{ deadlock_timeout: "10ms" }`. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** What it takes to begin or to end is a matter of milliseconds, save on a machine that is very busy. */
const PATIENCE_MS = 30_000;

/**
 * Kills the process noted last, if any, and its children; then removes System V's shared memory, which a killed server
 * leaves and whose number is in the seventh line of its pid file, and the folder `$1`. It runs in the folder.
 */
const CLEAR_UP = `
if [ -n "$last" ]; then
  kill -STOP "$last" 2> /dev/null
  kill -KILL $(grep -ls "^PPid:[[:space:]]*$last\\$" /proc/[0-9]*/status | cut -d/ -f3) "$last" 2> /dev/null
fi
if [ -f data/postmaster.pid ]; then
  ipcrm -m "$(sed -n 7p data/postmaster.pid | tr -s ' ' '\\n' | tail -n 1)" 2> /dev/null
fi
cd /
for attempt in 1 2 3 4 5 6 7 8 9; do
  rm -rf "$1" 2> /dev/null && exit
  sleep 0.1
done
rm -rf "$1"
`;

/**
 * A PostgreSQL server of one test's own, on 127.0.0.1, that may be killed and held up. It keeps its port and its data
 * as long as it is not destroyed. Neither processes nor files outlive the process that made it, whatever becomes of
 * that.
 */
export class ThrowAwayCluster {
  readonly #programs: string;
  readonly #identity = serverIdentity();
  readonly #folder: string;
  readonly #port: number;
  readonly #options: ClusterOptions;
  readonly #guard: Guard;
  #postmaster: ChildProcess | undefined;
  #paused = false;

  private constructor(programs: string, port: number, options: ClusterOptions) {
    this.#programs = programs;
    this.#port = port;
    this.#options = options;
    this.#folder = mkdtempSync(join(options.directory ?? tmpdir(), "tsmodules-postgres-"));
    this.#guard = new Guard(CLEAR_UP, this.#folder, this.#folder);
  }

  /** One that has been started; the test is skipped where that is impossible, or fails if nothing may be skipped. */
  static async create(skip: TestContext["skip"], options: ClusterOptions = {}): Promise<ThrowAwayCluster> {
    const programs = findServerPrograms();
    if (!programs) skipWithout("PostgreSQL", "postgresql", skip);
    if (process.platform !== "linux") skipBecause("a PostgreSQL is killed and held up on Linux only", skip);
    const cluster = new ThrowAwayCluster(programs, await freePort(), options);
    try {
      await cluster.#initialize();
      await cluster.start();
    } catch (error) {
      await cluster.destroy();
      throw error;
    }
    return cluster;
  }

  /** All that it keeps is in here. */
  get folder(): string {
    return this.#folder;
  }

  /** Its processes; none when it does not run. */
  get pids(): number[] {
    const pid = this.#postmaster?.pid;
    return pid === undefined ? [] : [pid, ...childrenOf(pid)];
  }

  url(database = "postgres", user = "postgres", password = this.#options.password): string {
    const url = new URL(`postgresql://127.0.0.1:${this.#port}`);
    url.username = encodeURIComponent(user);
    url.password = encodeURIComponent(password ?? "");
    url.pathname = encodeURIComponent(database);
    return url.href;
  }

  /** Resolves when it takes connections. After a crash it has recovered what was committed. */
  async start(): Promise<void> {
    if (this.#postmaster) throw new Error("the cluster runs already");
    this.#paused = false;
    const settings = Object.entries(this.#settings()).map(([name, value]) => `--${name}=${value}`);
    const postmaster = this.#run("postgres", ["-D", join(this.#folder, "data"), ...settings]);
    this.#postmaster = postmaster;
    postmaster.once("exit", () => {
      this.#postmaster = undefined;
      this.#guard.note("");
    });
    await logged(postmaster, "ready to accept connections");
  }

  /** An orderly end: who is connected is told so. */
  async stop(): Promise<void> {
    this.resume();
    const { postmaster, pid } = this.#running();
    const ended = ending(postmaster);
    signal([pid], "SIGINT");
    await ended;
  }

  /** A crash: none of its processes can do anything any more. */
  async kill(): Promise<void> {
    const { postmaster, pid } = this.#running();
    const ended = ending(postmaster);
    // Stopped, it cannot start new children while the others are killed.
    await freeze(pid);
    const children = childrenOf(pid);
    signal([...children, pid], "SIGKILL");
    await ended;
    await gone(children);
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Holds everything up: it takes connections and statements as before, and answers none. */
  async pause(): Promise<void> {
    const { pid } = this.#running();
    this.#paused = true;
    await freeze(pid);
    await Promise.all(childrenOf(pid).map(freeze));
  }

  /** Goes on after {@link pause}. */
  resume(): void {
    if (this.#paused) signal(this.pids.reverse(), "SIGCONT");
    this.#paused = false;
  }

  /** Ends it, if it runs, and removes all that it has left. */
  async destroy(): Promise<void> {
    const ended = this.#postmaster && ending(this.#postmaster);
    await this.#guard.clearUp();
    await ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.destroy();
  }

  async #initialize(): Promise<void> {
    const { password } = this.#options;
    const passwordFile = join(this.#folder, "password");
    writeFileSync(passwordFile, password ?? "");
    if (this.#identity) {
      for (const path of [this.#folder, passwordFile])
        chownSync(path, this.#identity.uid, this.#identity.gid);
    }
    const authentication =
      password === undefined ? ["--auth=trust"] : ["--auth=scram-sha-256", `--pwfile=${passwordFile}`];
    const initdb = this.#run("initdb", [
      ...[`--pgdata=${join(this.#folder, "data")}`, "--username=postgres", ...authentication],
      ...["--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions"],
    ]);
    await logged(initdb);
    this.#guard.note("");
  }

  #settings(): Record<string, string> {
    return {
      listen_addresses: "127.0.0.1",
      port: String(this.#port),
      unix_socket_directories: this.#folder,
      max_connections: String(this.#options.maxConnections ?? 20),
      superuser_reserved_connections: "0",
      max_wal_senders: "0",
      // A killed process loses nothing thereby: the system has what it wrote.
      fsync: "off",
      shared_buffers: "16MB",
      // In the folder, so that nothing is left elsewhere.
      dynamic_shared_memory_type: "mmap",
      autovacuum: "off",
      max_logical_replication_workers: "0",
      ...this.#options.settings,
    };
  }

  #run(program: string, args: string[]): ChildProcess {
    const options: SpawnOptions = {
      cwd: this.#folder,
      // Its messages are read, and must be in English.
      env: { ...process.env, LC_ALL: "C" },
      detached: true,
      stdio: ["ignore", "ignore", "pipe"],
      ...this.#identity,
    };
    const child = spawn(join(this.#programs, program), args, options);
    if (child.pid !== undefined) this.#guard.note(child.pid);
    return child;
  }

  #running(): { postmaster: ChildProcess; pid: number } {
    const postmaster = this.#postmaster;
    if (postmaster?.pid === undefined) throw new Error("the cluster does not run");
    return { postmaster, pid: postmaster.pid };
  }
}

/** Waits until a program logs a text or, when none is asked for, for its good end. */
async function logged(program: ChildProcess, text?: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let log = "";
  const fail = (why: unknown) => reject(new Error(`${program.spawnfile}: ${why}\n${log}`));
  const timer = setTimeout(fail, PATIENCE_MS, `not done after ${PATIENCE_MS} ms`);
  program.stderr?.setEncoding("utf8").on("data", (chunk) => {
    log = (log + chunk).slice(-10_000);
    if (text !== undefined && log.includes(text)) resolve();
  });
  program.once("error", fail);
  program.once("close", (code, signal) => {
    if (text === undefined && code === 0) resolve();
    else fail(`ended with ${code ?? signal}`);
  });
  await promise.finally(() => clearTimeout(timer));
}

async function ending(program: ChildProcess): Promise<void> {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  await once(program, "exit", { signal }).catch(() => {
    throw new Error(`${program.spawnfile} has not ended after ${PATIENCE_MS} ms`);
  });
}

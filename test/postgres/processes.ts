import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";

/** The processes that a process has started and that still are. Reads Linux's /proc. */
export function childrenOf(parent: number): number[] {
  const all = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return all.map(Number).filter((pid) => fieldOf(pid, "PPid") === String(parent));
}

/** Whether a process has not ended. One that has ended and that nobody has asked for its status has. */
export function isAlive(pid: number): boolean {
  return ![undefined, "Z", "X"].includes(stateOf(pid));
}

/** Sends a signal to processes; those that have ended by now are left out. */
export function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
}

/** Stops a process that can be continued, and waits until it has stopped, or ended. */
export async function freeze(pid: number): Promise<void> {
  signal([pid], "SIGSTOP");
  await until(() => stateOf(pid) === "T" || !isAlive(pid));
}

/** Waits for the end of processes that somebody has killed. */
export async function gone(pids: readonly number[]): Promise<void> {
  await until(() => !pids.some(isAlive));
}

/** Asks every few milliseconds: other processes do not tell. */
async function until(condition: () => boolean): Promise<void> {
  const signal = AbortSignal.timeout(10_000);
  while (!condition()) await wait(2, undefined, { signal });
}

function stateOf(pid: number): string | undefined {
  return fieldOf(pid, "State")?.charAt(0);
}

function fieldOf(pid: number, field: string): string | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return new RegExp(`^${field}:\\s*(.*)$`, "m").exec(status)?.[1];
  } catch {
    return undefined;
  }
}

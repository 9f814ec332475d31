import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The number of the System V shared memory that the server of a cluster's folder has. */
export function sharedMemoryOf(folder: string): string | undefined {
  const [, , , , , , keyAndNumber] = readFileSync(join(folder, "data/postmaster.pid"), "utf8").split("\n");
  return keyAndNumber?.trim().split(/\s+/)[1];
}

/** The numbers of all that the system has. */
export function sharedMemory(): (string | undefined)[] {
  const [, ...lines] = readFileSync("/proc/sysvipc/shm", "utf8").trim().split("\n");
  return lines.map((line) => line.trim().split(/\s+/)[1]);
}

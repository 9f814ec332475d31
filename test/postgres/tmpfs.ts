import { execFile } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { TestContext } from "vitest";
import { skipBecause } from "../skip-without.ts";
import { Guard } from "./guard.ts";

const run = promisify(execFile);

/** A file system of a few megabytes, that can be full. It does not outlive the process that made it. */
export class Tmpfs {
  /** Anybody may write here. */
  readonly path: string;
  readonly #guard: Guard;

  private constructor(path: string) {
    this.path = path;
    this.#guard = new Guard('! mountpoint -q "$1" || umount -l "$1"; rmdir "$1"', path);
  }

  /** Mounts one. The test is skipped where that is not permitted, or fails if nothing may be skipped. */
  static async mount(skip: TestContext["skip"], megabytes: number): Promise<Tmpfs> {
    const tmpfs = new Tmpfs(mkdtempSync(join(tmpdir(), "tsmodules-tmpfs-")));
    try {
      await run("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m,mode=1777`, "tmpfs", tmpfs.path]);
    } catch (error) {
      await tmpfs.unmount();
      skipBecause(`no tmpfs can be mounted, which only root may: ${(error as Error).message}`, skip);
    }
    return tmpfs;
  }

  /** Takes all the room that is left. */
  fill(): void {
    const file = openSync(this.#filler, "a");
    const megabyte = Buffer.alloc(2 ** 20);
    try {
      for (;;) writeSync(file, megabyte);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
    } finally {
      closeSync(file);
    }
  }

  /** Gives back what {@link fill} took. */
  makeRoom(): void {
    rmSync(this.#filler, { force: true });
  }

  /** Takes it away, even from under who uses it. */
  async unmount(): Promise<void> {
    await this.#guard.clearUp();
  }

  get #filler(): string {
    return join(this.path, "filler");
  }
}

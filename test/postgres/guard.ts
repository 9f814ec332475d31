import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

/**
 * A shell that clears up after this process: it runs its script when it is told to, or when this process has ended,
 * in whatever way it ended.
 */
export class Guard {
  readonly #shell: ChildProcess;
  readonly #exit: Promise<unknown[]>;
  #complaints = "";

  /**
   * @param script - POSIX shell. `$1` is the folder, and `$last` what was {@link note}d last.
   * @param cwd - Where the script runs. The place can be reached from there even when it has been unmounted.
   */
  constructor(script: string, folder: string, cwd = "/") {
    const untilTheEnd = "while read -r line; do last=$line; done\n";
    this.#shell = spawn("/bin/sh", ["-c", untilTheEnd + script, "guard", folder], {
      cwd,
      // In a session of its own, for a Ctrl-C ends all that is in this process's.
      detached: true,
      stdio: ["pipe", "ignore", "pipe"],
    });
    this.#shell.stderr?.on("data", (text) => {
      this.#complaints += text;
    });
    this.#exit = once(this.#shell, "close");
  }

  /** Tells the script something that it could not know when it was started. */
  note(line: string | number): void {
    if (this.#shell.stdin?.writable) this.#shell.stdin.write(`${line}\n`);
  }

  /** Runs the script now, and waits for its end. Once it has run, nothing happens. */
  async clearUp(): Promise<void> {
    this.#shell.stdin?.end();
    const [code] = await this.#exit;
    if (code !== 0) throw new Error(`what a test left behind could not be cleared up: ${this.#complaints}`);
  }
}

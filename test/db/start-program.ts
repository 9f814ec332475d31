import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

/** A program in a process of its own. */
export interface Program {
  readonly process: ChildProcessWithoutNullStreams;
  /** The next line that it prints; fails with what it complains of if there is none. */
  line(): Promise<string>;
}

/** Starts a program, which is gone when the test has finished. */
export function startProgram(
  program: URL,
  args: readonly string[],
  environment: Record<string, string> = {},
): Program {
  const child = spawn(process.execPath, ["--conditions=@tsmodules/source", fileURLToPath(program), ...args], {
    env: { ...process.env, ...environment },
  });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  let complaints = "";
  child.stderr.on("data", (data) => {
    complaints += data;
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    process: child,
    async line() {
      const { value, done } = await lines.next();
      if (done) throw new Error(`the process ended: ${complaints}`);
      return value;
    },
  };
}

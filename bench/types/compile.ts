import { spawnSync } from "node:child_process";
import { join } from "node:path";

const tsc = join(import.meta.dirname, "../../node_modules/.bin/tsc");

/** What the compiler says of one run; times in seconds, memory in bytes. */
export interface Compilation {
  instantiations: number;
  types: number;
  checkTime: number;
  totalTime: number;
  memory: number;
}

/**
 * Type-checks the project in `folder`.
 *
 * TypeScript 7 shares a program out between several checkers, and what two of them need is instantiated twice: the
 * counts depend on how many there are, the times also on the machine's cores. With one thread there is one checker,
 * whose counts are the same in every run.
 *
 * @throws {Error} if the project does not compile: then its figures mean nothing.
 */
export function compile(folder: string): Compilation {
  const { status, stdout, error } = spawnSync(
    tsc,
    ["--project", folder, "--noEmit", "--singleThreaded", "--extendedDiagnostics"],
    { encoding: "utf8", maxBuffer: 2 ** 28, shell: process.platform === "win32" },
  );
  if (error) throw error;
  if (status !== 0) throw new Error(`${folder} does not compile:\n${firstErrors(stdout)}`);
  return {
    instantiations: figureIn(stdout, "Instantiations"),
    types: figureIn(stdout, "Types"),
    checkTime: figureIn(stdout, "Check time"),
    totalTime: figureIn(stdout, "Total time"),
    memory: figureIn(stdout, "Memory used") * 1024,
  };
}

function firstErrors(output: string): string {
  const errors = output.split("\n").filter((line) => line.includes("error TS"));
  return errors.slice(0, 3).join("\n");
}

/** The figure in a line such as `Check time:  0.512s` or `Memory used:  83254K`. */
function figureIn(diagnostics: string, name: string): number {
  const value = new RegExp(`^${name}:\\s+([\\d.]+)`, "m").exec(diagnostics)?.[1];
  if (value === undefined) throw new Error(`tsc --extendedDiagnostics does not say "${name}"`);
  return Number(value);
}

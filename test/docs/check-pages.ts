/** Type-checks and runs the programs of pages. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join, relative } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { type Expectation, type Page, type PageFile, readPage } from "./page.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const recordConsole = fileURLToPath(new URL("record-console.mjs", import.meta.url));

const tsconfig = {
  extends: join(root, "tsconfig.json"),
  compilerOptions: { noUnusedLocals: false, noUnusedParameters: false, moduleDetection: "force" },
  include: ["**/*.ts"],
};

/**
 * The problems of each page, by its path, and under "" those that belong to no page.
 *
 * @param pages - Markdown by path.
 * @param folder - Where the programs are written, inside the repository so that they find its packages; emptied first.
 * @param timeLimit - How long a program may run, ms.
 */
export async function checkPages(
  pages: Record<string, string>,
  folder: string,
  timeLimit = 20_000,
): Promise<Record<string, string[]>> {
  const read = Object.entries(pages).map(([path, markdown]) => readPage(path, markdown));
  const problems: Record<string, string[]> = { "": [] };
  for (const page of read) problems[page.path] = [...page.problems];

  write(read, folder);
  for (const [path, message] of await typeErrors(folder)) (problems[path] ?? problems[""])?.push(message);

  const programs = read.flatMap((page) => page.files.filter(isProgram).map((file) => ({ page, file })));
  await inParallel(programs, async ({ page, file }) => {
    problems[page.path]?.push(...(await run(page, file, folder, timeLimit)));
  });
  return problems;
}

function isProgram(file: PageFile): boolean {
  return file.isProgram;
}

/** Each page has a folder of its own, named like it: what fails in `docs/http.md/page.ts:12` is in `docs/http.md:12`. */
function write(pages: Page[], folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(tsconfig));
  for (const page of pages) {
    for (const { name, source } of page.files) {
      const path = join(folder, page.path, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, source);
    }
  }
}

/** What tsc finds, with the page it is in, or "". */
async function typeErrors(folder: string): Promise<[path: string, message: string][]> {
  const tsc = spawn("tsc", ["-p", folder, "--pretty", "false"], {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [status, output] = await Promise.all([exit(tsc), text(tsc.stdout)]);
  const errors = output.split(/\n(?=\S)/).map((error) => inPageTerms(error.trim(), folder));
  if (status === 0) return [];
  return errors.map((error) => [error.match(/^(\S+\.md):\d/)?.[1] ?? "", error]);
}

async function run(
  { path }: Page,
  { name, expectations }: PageFile,
  folder: string,
  timeLimit: number,
): Promise<string[]> {
  const child = spawn(process.execPath, ["--conditions=@tsmodules/source", "--import", recordConsole, name], {
    cwd: join(folder, path),
    stdio: ["ignore", "pipe", "pipe", "pipe"],
    timeout: timeLimit,
    killSignal: "SIGKILL",
  });
  const [stdout, stderr, printed] = child.stdio
    .slice(1)
    .map((stream) => text(stream as NodeJS.ReadableStream));
  const status = await exit(child);
  const problems = outputProblems(path, expectations, (await printed) ?? "");
  if (status === "SIGKILL")
    problems.unshift(`${path} still runs after ${timeLimit} ms: something stays open`);
  else if (status !== 0) problems.unshift(`${path} ends with ${status}`);
  if (problems.length > 0) {
    const said = `${await stdout}${await stderr}`.trim();
    if (said) problems.push(inPageTerms(said, folder));
  }
  return problems;
}

/** The first line that differs; what follows it is out of step. */
function outputProblems(path: string, expectations: Expectation[], output: string): string[] {
  const printed = output.split("\n").slice(0, -1);
  for (const [index, { line, text }] of expectations.entries()) {
    const found = printed[index];
    if (found === undefined) return [`${path}:${line} expects "${text}", but nothing more is printed`];
    if (!matches(found.trimEnd(), text))
      return [`${path}:${line} expects "${text}", but "${found}" is printed`];
  }
  const surplus = printed[expectations.length];
  const last = expectations.at(-1);
  if (surplus === undefined) return [];
  return [
    `${path} prints "${surplus}", ${last ? `after what line ${last.line} expects` : "which nothing expects"}`,
  ];
}

function matches(found: string, expected: string): boolean {
  return expected.endsWith("…") ? found.startsWith(expected.slice(0, -1)) : found === expected;
}

/** `docs/http.md:12:3` for the place in the file that was made from it, as tsc and Node write it. */
function inPageTerms(message: string, folder: string): string {
  return message
    .replaceAll(`file://${folder}/`, "")
    .replaceAll(`${folder}/`, "")
    .replaceAll(`${relative(root, folder)}/`, "")
    .replaceAll(/(\S+\.md)\/[^\s:(]+\.ts\((\d+),(\d+)\)/g, "$1:$2:$3")
    .replaceAll(/(\S+\.md)\/[^\s:(]+\.ts(:\d+)/g, "$1$2");
}

/** The exit code, or the signal that ended it. */
function exit(child: ChildProcess): Promise<number | string> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve(code ?? signal ?? "nothing"));
  });
}

async function inParallel<T>(items: T[], act: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  const work = async () => {
    for (const item of queue) await act(item);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
}

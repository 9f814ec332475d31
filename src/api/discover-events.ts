import { readdir } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { ConfigurationError, messageOf } from "../core/errors.ts";
import type { AnyEventClass } from "../core/event.ts";
import { isEventClass } from "./event-class.ts";

/** Sources and what is compiled of them; neither declarations nor tests. */
const MODULE_FILE = /(?<!\.d|\.test|\.spec|\.test-d)\.m?[jt]s$/;

interface ImportFailure {
  readonly file: string;
  readonly reason: unknown;
}

/**
 * Imports the module files of a directory, those of its subdirectories included, and gives the event classes that they
 * export, each once.
 *
 * @throws {ConfigurationError} naming the directory that cannot be read, or each file that cannot be imported.
 */
export async function discoverEvents(directory: URL): Promise<AnyEventClass[]> {
  const found = new Set<AnyEventClass>();
  const failures: ImportFailure[] = [];
  for (const file of await moduleFiles(fileURLToPath(directory))) {
    try {
      for (const value of await exportsOf(file)) if (isEventClass(value)) found.add(value);
    } catch (reason) {
      failures.push({ file, reason });
    }
  }
  if (failures.length > 0) throw importError(failures);
  return [...found];
}

function importError(failures: readonly ImportFailure[]): Error {
  const error = new ConfigurationError(
    failures.map(({ file, reason }) => `discoverEvents cannot import ${file}: ${messageOf(reason)}`),
  );
  error.cause = failures[0]?.reason;
  return error;
}

/** In an order that does not depend on the file system. */
async function moduleFiles(directory: string): Promise<string[]> {
  try {
    const entries = await readdir(directory, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile() && MODULE_FILE.test(entry.name))
      .map(({ parentPath, name }) => join(parentPath, name))
      .filter((file) => !relative(directory, file).split(sep).includes("node_modules"))
      .sort();
  } catch (error) {
    throw new ConfigurationError(
      `discoverEvents cannot read the directory ${directory}: ${messageOf(error)}`,
    );
  }
}

async function exportsOf(file: string): Promise<unknown[]> {
  return Object.values(await import(pathToFileURL(file).href));
}

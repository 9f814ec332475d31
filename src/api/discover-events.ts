import { readdir } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { ConfigurationError, messageOf } from "../core/errors.ts";
import type { AnyEventClass } from "../core/event.ts";
import { isEventClass } from "./event-class.ts";

/** Sources and what is compiled of them; neither declarations nor tests. */
const MODULE_FILE = /(?<!\.d|\.test|\.spec|\.test-d)\.m?[jt]s$/;

/**
 * Imports the module files of a directory, those of its subdirectories included, and gives the event classes that they
 * export, each once.
 *
 * @throws {ConfigurationError} naming the directory that cannot be read, or each file that cannot be imported.
 */
export async function discoverEvents(directory: URL): Promise<AnyEventClass[]> {
  const files = await moduleFiles(fileURLToPath(directory));
  const imports = await Promise.allSettled(files.map(exportsOf));
  const failures = imports.flatMap((result, index) =>
    result.status === "rejected" ? { file: files[index], reason: result.reason as unknown } : [],
  );
  if (failures.length > 0) {
    const error = new ConfigurationError(
      failures.map(({ file, reason }) => `discoverEvents cannot import ${file}: ${messageOf(reason)}`),
    );
    error.cause = failures[0]?.reason;
    throw error;
  }
  const values = imports.flatMap((result) => (result.status === "fulfilled" ? result.value : []));
  return [...new Set(values.filter(isEventClass))];
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

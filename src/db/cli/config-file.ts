import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { ConfigurationError, messageOf } from "../../core/errors.ts";
import type { Database } from "../database/database.ts";

const FOLDERS = [".", "src"];
const EXTENSIONS = ["ts", "mts", "js", "mjs"];

/**
 * The database that a module exports.
 *
 * @param file - The module, or undefined to look where it usually is.
 * @throws {ConfigurationError} if it is not there, cannot be imported, or exports something else.
 */
export async function databaseOf(file: string | undefined): Promise<Database> {
  const path = file === undefined ? findConfig() : resolve(file);
  if (!existsSync(path)) throw new ConfigurationError(`there is no file ${path}`);
  const exported = await exportOf(path);
  if (!isDatabase(exported)) {
    throw new ConfigurationError(
      `the default export of ${path} is a Database of tsmodules/db, or a function that gives one`,
    );
  }
  return exported;
}

function findConfig(): string {
  const candidates = FOLDERS.flatMap((folder) =>
    EXTENSIONS.map((extension) => resolve(folder, `tsmodules-db.config.${extension}`)),
  );
  const found = candidates.find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new ConfigurationError(
    "there is no tsmodules-db.config.ts here or in src, and no --config; its default export is the Database:\n\n" +
      '  import { Database } from "tsmodules/db";\n' +
      '  import { User } from "./src/models.ts";\n\n' +
      "  export default Database.fromEnv({ models: [User] });",
  );
}

async function exportOf(path: string): Promise<unknown> {
  try {
    const { default: exported } = await import(pathToFileURL(path).href);
    return typeof exported === "function" ? await exported() : exported;
  } catch (error) {
    const reason = new ConfigurationError(`cannot load ${path}: ${messageOf(error)}`);
    reason.cause = error;
    throw reason;
  }
}

/** By what is done with it: the module may have loaded a copy of this package that is not ours. */
function isDatabase(value: unknown): value is Database {
  const methods = ["connect", "disconnect", "migrations"] as const;
  return methods.every((method) => typeof (value as Partial<Database> | undefined)?.[method] === "function");
}

import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { ConfigurationError, messageOf } from "../../core/errors.ts";
import type { Database } from "../database/database.ts";
import type { MigrationsOptions } from "../migrations/migrations-options.ts";

const FOLDERS = [".", "src"];
const EXTENSIONS = ["ts", "mts", "js", "mjs"];

/** What a module says of a database. */
export interface Config {
  /** Its default export. */
  readonly db: Database;
  /** What it exports as `migrations`. */
  readonly options: MigrationsOptions;
}

/**
 * The database that a module exports, and where its migrations are.
 *
 * @param file - The module, or undefined to look where it usually is.
 * @throws {ConfigurationError} if it is not there, cannot be imported, or exports something else.
 */
export async function readConfig(file: string | undefined): Promise<Config> {
  const path = file === undefined ? findConfig() : resolve(file);
  if (!existsSync(path)) throw new ConfigurationError(`there is no file ${path}`);
  const { db, options } = await exportsOf(path);
  if (!isDatabase(db)) {
    throw new ConfigurationError(
      `the default export of ${path} is a Database of tsmodules/db, or a function that gives one`,
    );
  }
  return { db, options };
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

async function exportsOf(path: string): Promise<{ db: unknown; options: MigrationsOptions }> {
  try {
    const { default: db, migrations = {} } = await import(pathToFileURL(path).href);
    return { db: typeof db === "function" ? await db() : db, options: migrations };
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

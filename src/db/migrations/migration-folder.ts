import { type Dirent, existsSync } from "node:fs";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { extname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Configuration } from "@mikro-orm/core";
import type { Migration } from "@mikro-orm/migrations";
import type { AbstractSqlDriver } from "@mikro-orm/sql";
import { ConfigurationError, messageOf } from "../../core/errors.ts";
import type { DialectName } from "../dialect.ts";
import { MigrationError } from "../errors.ts";

/** What the file of a migration exports. */
export interface MigrationClass {
  new (driver: AbstractSqlDriver, config: Configuration): Migration;
  /** The database that it was made for. @default either */
  readonly dialect?: DialectName;
}

/** Sources and what is compiled of them; neither declarations nor tests. */
const MIGRATION_FILE = /(?<!\.d|\.test|\.spec)\.m?[jt]s$/;

/** Migrations as files, each named like its migration: `.ts` where Node runs the source, `.js` where it was compiled. */
export class MigrationFolder {
  readonly path: string;

  constructor(folder: string | URL) {
    this.path = resolve(folder instanceof URL ? fileURLToPath(folder) : folder);
  }

  /**
   * The names of the migrations, in the order in which they are run.
   *
   * @throws {ConfigurationError} if there is no such folder, or it has only folders, each with migrations of its own.
   */
  async names(): Promise<string[]> {
    const entries = await this.entries();
    const names = namesOf(entries);
    const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    if (names.length > 0 || folders.length === 0) return names;
    throw new ConfigurationError(
      `migrations: ${this.path} has no migrations, only folders (${folders.sort().join(", ")}): ` +
        "those of each database have a folder of their own",
    );
  }

  /** As `names`; where there is no folder, or only folders, there are none. */
  async namesIfAny(): Promise<string[]> {
    return existsSync(this.path) ? namesOf(await this.entries()) : [];
  }

  /** The language that the files are in; undefined if there are none. */
  async language(): Promise<"ts" | "js" | undefined> {
    if (!existsSync(this.path)) return undefined;
    const files = [...filesOf(await this.entries()).values()];
    if (files.length === 0) return undefined;
    return files.some(isTypeScript) ? "ts" : "js";
  }

  has(file: string): boolean {
    return existsSync(join(this.path, file));
  }

  /**
   * Imports a migration.
   *
   * @throws {MigrationError} if it is not there, cannot be imported, is no migration, or is one for another database.
   */
  async load(name: string, dialect: DialectName): Promise<MigrationClass> {
    const file = filesOf(await this.entries()).get(name);
    if (file === undefined) throw new MigrationError(name, `has no file in ${this.path}`);
    const found = await this.importClass(name, file);
    if (found.dialect !== undefined && found.dialect !== dialect) {
      throw new MigrationError(
        name,
        `was made for ${found.dialect}, and this database is ${dialect}: each of them needs a folder of its own`,
      );
    }
    return found;
  }

  /** Writes a new migration and gives its path. */
  async write(file: string, source: string): Promise<string> {
    await mkdir(this.path, { recursive: true });
    const path = join(this.path, file);
    await writeFile(path, source, { flag: "wx" });
    return path;
  }

  private async importClass(name: string, file: string): Promise<MigrationClass> {
    let exported: Record<string, unknown>;
    try {
      exported = await import(pathToFileURL(join(this.path, file)).href);
    } catch (error) {
      throw new MigrationError(name, `cannot be imported: ${messageOf(error)}`, { cause: error });
    }
    const found = Object.values(exported).find(isMigrationClass);
    if (found === undefined) {
      throw new MigrationError(name, `does not export a class with a method up, as migrations do: ${file}`);
    }
    return found;
  }

  private async entries(): Promise<Dirent[]> {
    try {
      return await readdir(this.path, { withFileTypes: true });
    } catch (error) {
      const problem = existsSync(this.path)
        ? `cannot read the folder ${this.path}: ${messageOf(error)}`
        : `there is no folder ${this.path}; the first migration that is created makes it`;
      throw new ConfigurationError(`migrations: ${problem}`);
    }
  }
}

/** The files of migrations, by their names. */
function filesOf(entries: readonly Dirent[]): Map<string, string> {
  // Of a source and what was compiled of it beside it, the later in this order is taken.
  const files = entries.map(({ name }) => name).filter((name) => MIGRATION_FILE.test(name));
  return new Map(files.sort().map((file) => [file.slice(0, -extname(file).length), file]));
}

function namesOf(entries: readonly Dirent[]): string[] {
  return [...filesOf(entries).keys()].sort();
}

function isTypeScript(file: string): boolean {
  return /ts$/.test(file);
}

function isMigrationClass(value: unknown): value is MigrationClass {
  return typeof value === "function" && typeof value.prototype?.up === "function";
}

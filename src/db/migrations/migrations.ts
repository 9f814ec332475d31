import { ConfigurationError } from "../../core/errors.ts";
import type { Database } from "../database/database.ts";
import { importMikroOrmMigrations } from "../database/mikro-orm-packages.ts";
import { ConnectionError, DatabaseError, MigrationError, TransactionError } from "../errors.ts";
import { exclusively } from "./exclusively.ts";
import { type ExecutedMigration, Journal } from "./journal.ts";
import { type MigrationClass, MigrationFolder } from "./migration-folder.ts";
import { migrationName } from "./migration-name.ts";
import { migrationSource } from "./migration-source.ts";
import {
  checkCreateOptions,
  checkDownOptions,
  checkMigrationsOptions,
  checkUpOptions,
  type MigrationCreateOptions,
  type MigrationDownOptions,
  type MigrationsOptions,
  type MigrationUpOptions,
} from "./migrations-options.ts";
import { runMigration } from "./run-migration.ts";
import { type SchemaChange, schemaChange, snapshotName } from "./schema-change.ts";

/** A migration that was written. */
export interface CreatedMigration {
  readonly name: string;
  /** Its file. */
  readonly path: string;
  /** What it does; empty if it is to be written by hand. */
  readonly statements: readonly string[];
  /** Where rows are there already: what of them is lost, what of them gets another name, and what will fail. */
  readonly warnings: readonly string[];
}

/** How far a database is. */
export interface MigrationStatus {
  /** Those that were run, in the order in which they were. */
  readonly executed: readonly ExecutedMigration[];
  /** Those that were not yet, in the order in which they will be. */
  readonly pending: readonly string[];
  /** Those that were run and have no file: of a newer version of the application, or gone. */
  readonly missing: readonly string[];
}

/**
 * Changes of a schema, each in a file, and each run once by whichever process comes first.
 *
 * @example
 * await db.connect();
 * await db.migrations({ folder: "migrations" }).up();
 */
export class Migrations {
  private readonly db: Database;
  private readonly folder: MigrationFolder;
  private readonly language: "ts" | "js" | undefined;
  private readonly lockTimeoutMs: number;
  private readonly journal: Journal;

  /** @internal by `db.migrations` */
  constructor(db: Database, options: MigrationsOptions) {
    checkMigrationsOptions(options);
    const { folder = "migrations", language, lockTimeoutMs = 300_000 } = options;
    this.db = db;
    this.folder = new MigrationFolder(folder);
    this.language = language;
    this.lockTimeoutMs = lockTimeoutMs;
    this.journal = new Journal(db);
  }

  /**
   * Writes a migration that leads from the last one to the models as they are now. Needs no connection.
   *
   * @param title - What it does, in any words, for the name of its file.
   * @returns null if nothing changed.
   * @throws {ConfigurationError} if the title cannot be a name, or the folder has another database's migrations.
   */
  async create(title?: string, options: MigrationCreateOptions = {}): Promise<CreatedMigration | null> {
    checkCreateOptions(options);
    const { dialect, models } = this.db;
    const known = await this.folder.namesIfAny();
    this.refuseUnfitFolder(known);
    const name = migrationName(title ?? (known.length === 0 ? "initial" : "changes"), known);
    const change = await schemaChange(models, dialect, this.folder.path);
    this.refuseGap(change, known);
    if (change.up.length === 0 && options.blank !== true) return null;
    const language = this.language ?? (await this.folder.language()) ?? "ts";
    const path = await this.folder.write(`${name}.${language}`, migrationSource(change, dialect, language));
    await change.note(name);
    return { name, path, statements: change.up, warnings: change.warnings };
  }

  /**
   * Runs what was not run yet, in the order of the names, each in a transaction of its own. Several processes may do
   * this at once: each migration is run by one of them, and the others wait.
   *
   * @returns the names of those that were run here.
   * @throws {MigrationError} if one fails: it is undone, those before it stay, those after it are not run.
   * @throws {ConfigurationError} if there is no such folder, it has only folders, or there is no such migration.
   */
  async up(options: MigrationUpOptions = {}): Promise<string[]> {
    checkUpOptions(options);
    this.refuseTransaction();
    const names = await this.folder.names();
    const wanted = upTo(names, options.to);
    const pending = without(wanted, await this.journal.executed());
    const classes = await this.load(pending);
    return this.eachOnce(classes, "up");
  }

  /**
   * Undoes what was run last, the last one first, each in a transaction of its own.
   *
   * @returns the names of those that were undone here; none if there was nothing to undo.
   * @throws {MigrationError} if one cannot be undone, or has no file any more.
   * @throws {ConfigurationError} if there is no such folder, it has only folders, or `to` was not run.
   */
  async down(options: MigrationDownOptions = {}): Promise<string[]> {
    checkDownOptions(options);
    this.refuseTransaction();
    await this.folder.names();
    const executed = (await this.journal.executed()).map(({ name }) => name);
    const classes = await this.load(downTo(executed, options));
    return this.eachOnce(classes, "down");
  }

  /**
   * What was run and what was not. Changes nothing.
   *
   * @throws {ConfigurationError} if there is no such folder, or it has only folders.
   */
  async status(): Promise<MigrationStatus> {
    const names = await this.folder.names();
    const executed = await this.journal.executed();
    return {
      executed,
      pending: without(names, executed),
      missing: executed.map(({ name }) => name).filter((name) => !names.includes(name)),
    };
  }

  /** All of them before the first is run: one that cannot be should stop the others. */
  private async load(names: readonly string[]): Promise<Map<string, MigrationClass>> {
    if (names.length > 0) await importMikroOrmMigrations();
    const classes = new Map<string, MigrationClass>();
    for (const name of names) classes.set(name, await this.folder.load(name, this.db.dialect));
    return classes;
  }

  private async eachOnce(
    classes: ReadonlyMap<string, MigrationClass>,
    direction: "up" | "down",
  ): Promise<string[]> {
    const done: string[] = [];
    for (const [name, Class] of classes) {
      if (await this.once(name, Class, direction)) done.push(name);
    }
    return done;
  }

  /** Whether it was done here; somebody else may have done it meanwhile. */
  private async once(name: string, Class: MigrationClass, direction: "up" | "down"): Promise<boolean> {
    try {
      return await exclusively(this.db, this.lockTimeoutMs, async () => {
        await this.journal.prepare();
        const isExecuted = (await this.journal.executed()).some((executed) => executed.name === name);
        if (isExecuted === (direction === "up")) return false;
        await runMigration(this.db, name, Class, direction);
        await (direction === "up" ? this.journal.add(name) : this.journal.remove(name));
        return true;
      });
    } catch (error) {
      const isOwn = error instanceof MigrationError || error instanceof ConnectionError;
      if (isOwn || !(error instanceof DatabaseError)) throw error;
      throw new MigrationError(name, `was not run: ${error.message}`, { cause: error });
    }
  }

  private refuseTransaction(): void {
    if (this.db.connected.transactions.running === undefined) return;
    throw new TransactionError(
      "migrations have transactions of their own, and are not run inside of another",
    );
  }

  /** A migration that was thrown away is in the snapshot still, so that the next one would go on from it. */
  private refuseGap({ last }: SchemaChange, known: readonly string[]): void {
    if (last === undefined || known.includes(last)) return;
    const snapshot = `${snapshotName(this.db.dialect)}.json`;
    throw new ConfigurationError(
      `migrations: ${this.folder.path} has no file for "${last}", the last migration that ${snapshot} knows of: ` +
        `bring it back, or bring back the ${snapshot} of the migration before it (delete it if there is none)`,
    );
  }

  private refuseUnfitFolder(known: readonly string[]): void {
    const { path } = this.folder;
    const { dialect } = this.db;
    const other = dialect === "sqlite" ? "postgresql" : "sqlite";
    if (this.folder.has(`${snapshotName(other)}.json`)) {
      throw new ConfigurationError(
        `migrations: ${path} has migrations for ${other}; those for ${dialect} need a folder of their own`,
      );
    }
    if (known.length > 0 && !this.folder.has(`${snapshotName(dialect)}.json`)) {
      throw new ConfigurationError(
        `migrations: ${path} has migrations but no ${snapshotName(dialect)}.json, which says what they lead to and is kept with them: bring it back`,
      );
    }
    // MikroORM looks for the snapshot as for a pattern.
    if (/[*?[\]]/.test(path)) {
      throw new ConfigurationError(`migrations: a folder's path may not have any of *?[], as ${path} has`);
    }
  }
}

function upTo(names: readonly string[], to: string | undefined): readonly string[] {
  if (to === undefined) return names;
  const index = names.indexOf(to);
  if (index < 0) throw new ConfigurationError(`migrations.up: there is no migration ${JSON.stringify(to)}`);
  return names.slice(0, index + 1);
}

function downTo(executed: readonly string[], { to, steps = 1 }: MigrationDownOptions): string[] {
  const latestFirst = executed.toReversed();
  if (to === undefined) return latestFirst.slice(0, steps);
  const index = latestFirst.indexOf(to);
  if (index < 0) {
    throw new ConfigurationError(`migrations.down: ${JSON.stringify(to)} is no migration that was run`);
  }
  return latestFirst.slice(0, index);
}

function without(names: readonly string[], executed: readonly ExecutedMigration[]): string[] {
  const known = new Set(executed.map(({ name }) => name));
  return names.filter((name) => !known.has(name));
}

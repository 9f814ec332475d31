import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSchema, SchemaComparator, type SqlSchemaGenerator } from "@mikro-orm/sql";
import { importMikroOrmMigrations, importPostgresDriver } from "../database/mikro-orm-packages.ts";
import { makeOrm, type Orm } from "../database/session.ts";
import type { DialectName } from "../dialect.ts";
import { entityOf } from "../model/entity.ts";
import type { AnyModel } from "../model/row.ts";
import { statementsOf } from "./generated-sql.ts";
import type { Statements } from "./migration-source.ts";
import { SqliteSchemaDriver } from "./sqlite-rebuild.ts";
import { warningsOf } from "./warnings.ts";

/** What has to happen to the tables of the last migration so that they fit the models. */
export interface SchemaChange extends Statements {
  /** The last migration; undefined if there is none, or a version of this package wrote it that did not say. */
  readonly last: string | undefined;
  /** What to know of it before it is run where rows are there already. */
  readonly warnings: readonly string[];
  /** Notes that a migration does it. */
  note(migration: string): Promise<void>;
}

/**
 * Compares the models with the snapshot that the last migration left beside itself. No database has a part in it: what
 * a developer's own has become is nobody else's business.
 *
 * @throws {ConfigurationError} if a package is missing.
 */
export async function schemaChange(
  models: readonly AnyModel[],
  dialect: DialectName,
  folder: string,
): Promise<SchemaChange> {
  const { Migrator } = await importMikroOrmMigrations();
  class Snapshot extends Migrator {
    async read(): Promise<DatabaseSchema> {
      const platform = this.driver.getPlatform();
      return (await this.getSchemaFromSnapshot()) ?? new DatabaseSchema(platform, "");
    }

    write(): Promise<void> {
      return this.storeCurrentSchema();
    }
  }
  const orm = await unconnectedOrm(models, dialect, folder);
  const snapshot = new Snapshot(orm.em);
  const generator = orm.schema as unknown as SqlSchemaGenerator;
  const before = await snapshot.read();
  const { up, down } = await generator.getUpdateSchemaMigrationSQL({ wrap: false, fromSchema: before });
  const comparator = new SchemaComparator(orm.em.getDriver().getPlatform());
  const file = join(folder, `${snapshotName(dialect)}.json`);
  return {
    up: statementsOf(up),
    down: statementsOf(down),
    last: existsSync(file) ? (await readJson(file)).migration : undefined,
    warnings: warningsOf(comparator.compare(before, generator.getTargetSchema())),
    async note(migration) {
      await snapshot.write();
      await writeFile(file, `${JSON.stringify({ migration, ...(await readJson(file)) }, null, 2)}\n`);
    },
  };
}

async function readJson(file: string): Promise<{ readonly migration?: string }> {
  return JSON.parse(await readFile(file, "utf8"));
}

/** The file, beside the migrations, that says what they lead to. */
export function snapshotName(dialect: DialectName): string {
  return `snapshot.${dialect}`;
}

/** It knows no schema of PostgreSQL, so that its statements fit whichever one a connection is in. */
async function unconnectedOrm(
  models: readonly AnyModel[],
  dialect: DialectName,
  folder: string,
): Promise<Orm> {
  const driver = dialect === "sqlite" ? SqliteSchemaDriver : (await importPostgresDriver()).PostgresDriver;
  return makeOrm({
    driver,
    dbName: "models",
    entities: models.map(entityOf),
    migrations: { path: folder, snapshotName: snapshotName(dialect) },
  });
}

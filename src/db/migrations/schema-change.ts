import type { EntitySchema } from "@mikro-orm/core";
import { DatabaseSchema, type SqlSchemaGenerator } from "@mikro-orm/sql";
import { importMikroOrmMigrations, importPostgresDriver } from "../database/mikro-orm-packages.ts";
import { makeOrm, type Orm } from "../database/session.ts";
import type { AnyModel } from "../model/row.ts";
import type { DialectName } from "../query/dialect.ts";
import type { Statements } from "./migration-source.ts";
import { statementsOf } from "./sql-text.ts";
import { SqliteSchemaDriver } from "./sqlite-rebuild.ts";

/** What has to happen to the tables of the last migration so that they fit the models. */
export interface SchemaChange extends Statements {
  /** Notes that a migration does it. */
  note(): Promise<void>;
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
  const { up, down } = await generator.getUpdateSchemaMigrationSQL({
    wrap: false,
    fromSchema: await snapshot.read(),
  });
  return { up: statementsOf(up), down: statementsOf(down), note: () => snapshot.write() };
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
    entities: models as unknown as EntitySchema[],
    migrations: { path: folder, snapshotName: snapshotName(dialect) },
  });
}

import { ConfigurationError, messageOf } from "../../core/errors.ts";

/** @throws {ConfigurationError} if the package is not installed. */
export function importMikroOrmMigrations(): Promise<typeof import("@mikro-orm/migrations")> {
  return needed("migrations need", "@mikro-orm/migrations", () => import("@mikro-orm/migrations"));
}

/** @throws {ConfigurationError} if the package is not installed. */
export function importPostgresDriver(): Promise<typeof import("./postgres-driver.ts")> {
  return needingPostgres(() => import("./postgres-driver.ts"));
}

/**
 * What is loaded needs MikroORM's driver for PostgreSQL.
 *
 * @throws {ConfigurationError} if the package is not installed.
 */
export function needingPostgres<Package>(load: () => Promise<Package>): Promise<Package> {
  return needed("PostgreSQL needs", "@mikro-orm/postgresql", load);
}

async function needed<Package>(who: string, name: string, load: () => Promise<Package>): Promise<Package> {
  try {
    return await load();
  } catch (error) {
    throw new ConfigurationError(`${who} the package ${name}: ${messageOf(error)}`);
  }
}

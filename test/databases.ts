import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, onTestFinished } from "vitest";
import { type AnyModel, Database, type DatabaseOptions } from "../src/db/index.ts";
import { dropSchema, makeSchema, whyNoPostgres } from "./postgres/test-database.ts";
import { tellSkipped } from "./skip-without.ts";

/** A database to try things on. */
export interface TestDatabase {
  readonly name: string;
  /** Whether several `Database` may be opened at one url. */
  readonly isShared: boolean;
  /** The address of an empty database, which is gone when the test has finished. */
  makeUrl(): Promise<string>;
  /** A connected database of its own, with the models' tables, gone when the test has finished. */
  open(models: readonly AnyModel[], options?: Omit<DatabaseOptions, "url" | "models">): Promise<Database>;
}

const inMemory = testDatabase("SQLite in memory", false, async () => "sqlite::memory:");

const onFile = testDatabase("SQLite on a file", true, async () => {
  const folder = mkdtempSync(join(tmpdir(), "tsmodules-db-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return `sqlite:${join(folder, "test.db")}`;
});

const postgres = testDatabase("PostgreSQL", true, async () => {
  const schema = await makeSchema();
  onTestFinished(() => dropSchema(schema));
  return schema.url;
});

const whySkipped = await whyNoPostgres();
if (whySkipped !== undefined) tellSkipped(whySkipped);

/** The same tests on each database. */
export function onEveryDatabase(title: string, tests: (database: TestDatabase) => void): void {
  describe.each([inMemory, onFile])(`${title} on $name`, tests);
  onPostgres(title, tests);
}

/** Tests for which several processes or connections have to see one database. */
export function onSharedDatabases(title: string, tests: (database: TestDatabase) => void): void {
  describe(`${title} on ${onFile.name}`, () => tests(onFile));
  onPostgres(title, tests);
}

/** Tests of what is so where there is one connection alone. */
export function onSqliteInMemory(title: string, tests: (database: TestDatabase) => void): void {
  describe(`${title} on ${inMemory.name}`, () => tests(inMemory));
}

/** Tests of what PostgreSQL alone has. */
export function onPostgres(title: string, tests: (database: TestDatabase) => void): void {
  describe.skipIf(whySkipped !== undefined)(`${title} on ${postgres.name}`, () => tests(postgres));
}

function testDatabase(name: string, isShared: boolean, makeUrl: () => Promise<string>): TestDatabase {
  return {
    name,
    isShared,
    makeUrl,
    async open(models, options = {}) {
      const db = new Database({ url: await makeUrl(), models, ...options });
      onTestFinished(() => db.disconnect());
      await db.connect();
      await db.recreateSchema();
      return db;
    },
  };
}

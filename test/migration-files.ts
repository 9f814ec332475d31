import { join } from "node:path";
import type { DialectName } from "../src/db/index.ts";
import { makeProject, type TemporaryProject } from "./temporary-project.ts";

/** A migration to be written. */
export interface WrittenMigration {
  readonly up?: readonly string[];
  readonly down?: readonly string[];
  readonly dialect?: DialectName;
  /** Code of its class, for what is more than statements. */
  readonly members?: string;
}

/** A project with a folder of migrations. */
export interface MigrationProject extends TemporaryProject {
  readonly folder: string;
  /** Writes `migrations/<name>.ts`. */
  migration(name: string, written: WrittenMigration): string;
}

export function makeMigrationProject(): MigrationProject {
  const project = makeProject();
  return {
    ...project,
    folder: join(project.path, "migrations"),
    migration: (name, written) => project.write(`migrations/${name}.ts`, sourceOf(written)),
  };
}

function sourceOf({ up, down, dialect, members = "" }: WrittenMigration): string {
  return `import { Migration } from "@mikro-orm/migrations";

export default class extends Migration {
  ${dialect === undefined ? "" : `static dialect = ${JSON.stringify(dialect)};`}
  ${up === undefined ? "" : method("up", up)}
  ${down === undefined ? "" : method("down", down)}
  ${members}
}
`;
}

function method(name: string, statements: readonly string[]): string {
  return `override ${name}() {\n${statements.map((sql) => `this.addSql(${JSON.stringify(sql)});`).join("\n")}\n}`;
}

import { messageOf } from "../../core/errors.ts";
import { refusalProblem } from "../connection/driver-error.ts";
import { redactedSql } from "../connection/redacted-sql.ts";
import type { Database } from "../database/database.ts";
import { DatabaseError, MigrationError } from "../errors.ts";
import type { MigrationClass } from "./migration-folder.ts";
import { type Attachment, lostBy, missing } from "./sqlite-attachments.ts";

const MAX_SHOWN_LENGTH = 200;

/**
 * Runs a migration in the transaction that it is called in; one that says `isTransactional() { return false; }` beside
 * it, as `create index concurrently` needs.
 *
 * @throws {MigrationError} saying which statement failed, and what remains.
 */
export async function runMigration(
  db: Database,
  name: string,
  Class: MigrationClass,
  direction: "up" | "down",
): Promise<void> {
  const { orm, transactions, maxTransactions } = db.connected;
  const driver = orm.em.getDriver();
  const migration = new Class(driver, orm.config);
  const isTransactional = migration.isTransactional();
  if (!isTransactional && db.dialect === "sqlite") {
    throw new MigrationError(name, "is not transactional, which SQLite has no use for");
  }
  if (!isTransactional && maxTransactions < 2) {
    throw new MigrationError(
      name,
      "is not transactional, and needs a connection beside the one that keeps others from migrating: poolSize has to be 2 or more",
    );
  }
  let statement: string | undefined;
  const run = async () => {
    await migration[direction]();
    const lost: Attachment[] = [];
    for (const query of migration.getQueries()) {
      statement = typeof query === "string" ? query : undefined;
      if (statement !== undefined && db.dialect === "sqlite") lost.push(...(await lostBy(statement, db)));
      await driver.execute(query);
    }
    for (const attachment of await missing(lost, db)) {
      statement = attachment.sql;
      await driver.execute(statement);
    }
  };
  try {
    await (isTransactional ? run() : transactions.outside(run));
  } catch (error) {
    const remains = isTransactional ? "left nothing behind" : "may have left something behind";
    const problem = error instanceof DatabaseError ? messageOf(error) : refusalProblem(error);
    const where = statement === undefined ? "" : `; in ${shown(statement)}`;
    throw new MigrationError(name, `failed and ${remains}: ${problem}${where}`, { cause: error });
  }
}

/** Values stay away from messages. */
function shown(statement: string): string {
  const text = redactedSql(statement, true).replaceAll(/\s+/g, " ").trim();
  return text.length <= MAX_SHOWN_LENGTH ? text : `${text.slice(0, MAX_SHOWN_LENGTH)}…`;
}

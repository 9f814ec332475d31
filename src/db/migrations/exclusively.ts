import { setTimeout as sleep } from "node:timers/promises";
import { isBusy } from "../connection/sqlite-error.ts";
import type { Database } from "../database/database.ts";
import { DatabaseError } from "../errors.ts";
import { sql } from "../query/sql.ts";

/** What came of an attempt: undefined says that somebody else has the lock. */
type Attempt<T> = { readonly value: T } | undefined;

const FIRST_WAIT_MS = 20;
const LONGEST_WAIT_MS = 500;

/**
 * Runs `work` in a transaction, in one process at a time: others wait for its end and see what it did. Nothing of the
 * lock outlives the transaction, whatever becomes of the process; nor does it need a connection for itself, so that it
 * holds behind a pool that gives out connections by transaction.
 *
 * @param limitMs - How long to wait for others.
 * @throws {DatabaseError} if they take longer.
 */
export async function exclusively<T>(db: Database, limitMs: number, work: () => Promise<T>): Promise<T> {
  const attempt = db.dialect === "sqlite" ? onSqlite : onPostgres;
  const startedAt = performance.now();
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    const outcome = await attempt(db, work);
    if (outcome !== undefined) return outcome.value;
    if (performance.now() - startedAt >= limitMs) {
      throw new DatabaseError(`somebody else has been migrating this database for more than ${limitMs} ms`);
    }
    await sleep(waitMs * (0.5 + Math.random() / 2));
  }
}

/**
 * Who waits asks again: a statement that waited for the lock would keep `create index concurrently` waiting for its
 * snapshot in turn. A lock belongs to the schema, since each has its own tables.
 */
function onPostgres<T>(db: Database, work: () => Promise<T>): Promise<Attempt<T>> {
  return db.transaction(
    async () => {
      const [row] = await db.query<{ locked: boolean }>(sql`
        select pg_try_advisory_xact_lock(
          hashtextextended('tsmodules_migrations in ' || coalesce(current_schema(), ''), 0)
        ) as locked
      `);
      return row?.locked ? { value: await work() } : undefined;
    },
    // What was committed before the lock was given has to be seen, whatever the server's default is.
    { isolation: "read committed" },
  );
}

/** A transaction that writes is the lock. */
async function onSqlite<T>(db: Database, work: () => Promise<T>): Promise<Attempt<T>> {
  let begun = false;
  try {
    const value = await withoutForeignKeys(db, () => {
      begun = true;
      return work();
    });
    return { value };
  } catch (error) {
    const isLocked = error instanceof DatabaseError && error.cause instanceof Error && isBusy(error.cause);
    if (!begun && isLocked) return undefined;
    throw error;
  }
}

/**
 * Foreign keys count at the end alone: whoever drops a table to put another in its place would else delete what refers
 * to it.
 *
 * @see https://sqlite.org/lang_altertable.html, "Making Other Kinds Of Table Schema Changes"
 */
async function withoutForeignKeys<T>(db: Database, work: () => Promise<T>): Promise<T> {
  const { connections, transactions } = db.connected;
  const connection = await connections.reserve();
  try {
    await connection.execute({ sql: "pragma foreign_keys = off", parameters: [] });
    return await transactions.runOn(connection, async () => {
      const result = await work();
      await refuseDangling(db);
      return result;
    });
  } finally {
    // Not by a statement: where the rollback gave up, there is still a transaction, in which the pragma does nothing.
    connection.release(true);
  }
}

async function refuseDangling(db: Database): Promise<void> {
  const [row] = await db.query<{ table: string; parent: string }>(sql`pragma foreign_key_check`);
  if (row === undefined) return;
  throw new DatabaseError(`rows of "${row.table}" refer to rows of "${row.parent}" that are not there`);
}

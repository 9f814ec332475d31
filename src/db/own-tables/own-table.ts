import { messageOf } from "../../core/errors.ts";
import { isForbidden } from "../connection/driver-error.ts";
import type { Database } from "../database/database.ts";
import type { Session } from "../database/session.ts";
import type { DialectName } from "../dialect.ts";
import { DatabaseError } from "../errors.ts";
import { identifier, type Sql, sql } from "../query/sql.ts";

/** A table that this package keeps for itself. No model has it, and schema changes leave it alone. */
export class OwnTable {
  /** Its quoted name. */
  readonly sql: Sql;
  private readonly name: string;
  private readonly definition: (dialect: DialectName) => readonly Sql[];
  /** Where it is known to be there for good. */
  private readonly ready = new WeakSet<Session>();

  /** @param definition - The statements that make it, each "if not exists". */
  constructor(name: `tsmodules_${string}`, definition: (dialect: DialectName) => readonly Sql[]) {
    this.name = name;
    this.sql = identifier(name);
    this.definition = definition;
  }

  /**
   * Makes it when it is first needed. Where there is another connection, that is not done in the transaction that needs it:
   * others who need it, too, would wait for its end.
   */
  async prepare(db: Database): Promise<void> {
    const session = db.connected;
    if (this.ready.has(session)) return;
    const isApart = session.maxTransactions > 1 || session.transactions.running === undefined;
    if (!(await this.exists(db))) {
      const make = () => this.make(db);
      await (isApart ? db.outsideTransaction(make) : make());
    }
    // What a transaction made may be undone with it.
    if (isApart) this.ready.add(session);
  }

  /** Asks the catalog by a query: PostgreSQL's `to_regclass` may remember that there was no table. */
  async exists(db: Database): Promise<boolean> {
    const found =
      db.dialect === "sqlite"
        ? sql`select 1 from sqlite_master where type = 'table' and name = ${this.name}`
        : sql`
            select 1 from pg_catalog.pg_tables
            where tablename = ${this.name} and schemaname = any (current_schemas(false))
          `;
    return (await db.query(found)).length > 0;
  }

  /**
   * Makes it if it is not there, however many processes do that at once.
   *
   * @throws {DatabaseError} that says what to do where who asks may not make it.
   */
  async make(db: Database): Promise<void> {
    try {
      await db.transaction(async () => {
        await waitForOthers(db);
        await makeSchema(db);
        for (const statement of this.definition(db.dialect)) await db.execute(statement);
      });
    } catch (error) {
      throw isForbidden(error) ? this.forbidden(error) : error;
    }
  }

  /** Empties it by making it anew, if it is there. */
  async recreate(db: Database): Promise<void> {
    if (!(await this.exists(db))) return;
    await db.transaction(async () => {
      await db.execute(sql`drop table if exists ${this.sql}`);
      await this.make(db);
    });
  }

  private forbidden(error: unknown): DatabaseError {
    return new DatabaseError(
      `the table "${this.name}" is not there, or out of sight, and cannot be made: ${messageOf(error)}; ` +
        "let somebody who may make it call prepare() of the store that needs it, and grant its use to this user",
      { cause: error },
    );
  }
}

/** On PostgreSQL two who make one table fail, whatever they say of "if not exists"; SQLite has one writer anyway. */
async function waitForOthers(db: Database): Promise<void> {
  if (db.dialect === "sqlite") return;
  await db.query(sql`
    select pg_advisory_xact_lock(hashtextextended('tsmodules tables in ' || coalesce(current_schema(), ''), 0))
  `);
}

/** The schema that the URL names, which PostgreSQL takes for nothing as long as it is not there. */
async function makeSchema(db: Database): Promise<void> {
  const schema = db.connected.orm.config.get("schema");
  if (db.dialect === "sqlite" || schema === undefined) return;
  // Who may not make a schema may not even ask for it "if not exists".
  const known = await db.query(sql`select 1 from pg_catalog.pg_namespace where nspname = ${schema}`);
  if (known.length === 0) await db.execute(sql`create schema ${identifier(schema)}`);
}

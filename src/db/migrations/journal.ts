import type { Database } from "../database/database.ts";
import { OwnTable } from "../own-tables/own-table.ts";
import { sql } from "../query/sql.ts";

/** A migration that was run. */
export interface ExecutedMigration {
  readonly name: string;
  readonly at: Date;
}

const TABLE = new OwnTable("tsmodules_migrations", () => [
  sql`
    create table if not exists tsmodules_migrations (
      position integer primary key, name text not null unique, executed_at text not null
    )
  `,
]);

/** Which migrations were run, as the database itself remembers it. */
export class Journal {
  private readonly db: Database;

  constructor(db: Database) {
    this.db = db;
  }

  /** In the order in which they were run. Changes nothing, so that whoever may only read can ask. */
  async executed(): Promise<ExecutedMigration[]> {
    if (!(await TABLE.exists(this.db))) return [];
    const rows = await this.db.query<{ name: string; executed_at: string }>(
      sql`select name, executed_at from ${TABLE.sql} order by position`,
    );
    return rows.map(({ name, executed_at }) => ({ name, at: new Date(executed_at) }));
  }

  /** Makes the table if it is not there. */
  prepare(): Promise<void> {
    return TABLE.prepare(this.db);
  }

  async add(name: string): Promise<void> {
    const [last] = await this.db.query<{ position: number }>(
      sql`select coalesce(max(position), 0) as position from ${TABLE.sql}`,
    );
    const position = (last?.position ?? 0) + 1;
    const executedAt = new Date().toISOString();
    await this.db.execute(
      sql`insert into ${TABLE.sql} (position, name, executed_at) values (${position}, ${name}, ${executedAt})`,
    );
  }

  async remove(name: string): Promise<void> {
    await this.db.execute(sql`delete from ${TABLE.sql} where name = ${name}`);
  }
}

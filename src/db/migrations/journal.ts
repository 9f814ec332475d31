import type { Database } from "../database/database.ts";
import { identifier, sql } from "../query/sql.ts";

/** A migration that was run. */
export interface ExecutedMigration {
  readonly name: string;
  readonly at: Date;
}

const TABLE = identifier("tsmodules_migrations");

/** Which migrations were run, as the database itself remembers it. */
export class Journal {
  private readonly db: Database;

  constructor(db: Database) {
    this.db = db;
  }

  /** In the order in which they were run. Changes nothing, so that whoever may only read can ask. */
  async executed(): Promise<ExecutedMigration[]> {
    if (!(await this.exists())) return [];
    const rows = await this.db.query<{ name: string; executed_at: string }>(
      sql`select name, executed_at from ${TABLE} order by position`,
    );
    return rows.map(({ name, executed_at }) => ({ name, at: new Date(executed_at) }));
  }

  /** Makes the table if it is not there. Whoever does that keeps others from doing the same. */
  async prepare(): Promise<void> {
    if (await this.exists()) return;
    await this.makeSchema();
    await this.db.execute(sql`
      create table ${TABLE} (position integer primary key, name text not null unique, executed_at text not null)
    `);
  }

  async add(name: string): Promise<void> {
    const [last] = await this.db.query<{ position: number }>(
      sql`select coalesce(max(position), 0) as position from ${TABLE}`,
    );
    const position = (last?.position ?? 0) + 1;
    const executedAt = new Date().toISOString();
    await this.db.execute(
      sql`insert into ${TABLE} (position, name, executed_at) values (${position}, ${name}, ${executedAt})`,
    );
  }

  async remove(name: string): Promise<void> {
    await this.db.execute(sql`delete from ${TABLE} where name = ${name}`);
  }

  private async exists(): Promise<boolean> {
    const found =
      this.db.dialect === "sqlite"
        ? sql`select 1 from sqlite_master where type = 'table' and name = 'tsmodules_migrations'`
        : sql`select 1 where to_regclass('tsmodules_migrations') is not null`;
    return (await this.db.query(found)).length > 0;
  }

  /** The schema that the URL names, which PostgreSQL takes for nothing as long as it is not there. */
  private async makeSchema(): Promise<void> {
    const schema = this.db.connected.orm.config.get("schema");
    if (this.db.dialect === "postgresql" && schema !== undefined) {
      await this.db.execute(sql`create schema if not exists ${identifier(schema)}`);
    }
  }
}

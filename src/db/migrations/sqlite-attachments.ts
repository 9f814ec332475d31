import type { Database } from "../database/database.ts";
import { sql } from "../query/sql.ts";

/** An index or a trigger of SQLite. */
export interface Attachment {
  readonly name: string;
  /** The statement that made it. */
  readonly sql: string;
}

const DROP_TABLE = /^\s*drop table ["`](.+)["`]\s*;?\s*$/i;

/** What goes with the table that a statement drops where another is to take its place: its indexes and triggers. */
export async function lostBy(statement: string, db: Database): Promise<Attachment[]> {
  const [, table] = DROP_TABLE.exec(statement) ?? [];
  if (table === undefined) return [];
  return db.query<Attachment>(sql`
    select name, sql from sqlite_master
    where tbl_name = ${table} and type in ('index', 'trigger') and sql is not null
      and exists (select 1 from sqlite_master where name = ${`${table}__temp_alter`})
  `);
}

/** Those that are not there. */
export async function missing(attachments: readonly Attachment[], db: Database): Promise<Attachment[]> {
  if (attachments.length === 0) return [];
  const rows = await db.query<{ name: string }>(sql`select name from sqlite_master`);
  const names = new Set(rows.map(({ name }) => name));
  return attachments.filter(({ name }) => !names.has(name));
}

import { NodeSqliteDialect } from "@mikro-orm/sql";
import { Kysely, PostgresDialect, sql } from "kysely";
import { Pool } from "pg";
import { type Contender, chunksOf, type DatabaseName, type Subject, type User } from "../contender.ts";
import { newRow } from "../new-row.ts";
import { createTable, fromSqlite, type SqliteRow, toSqlite } from "../users-table.ts";

/** Kysely has no dialect for `node:sqlite`; MikroORM's is Kysely's own for SQLite on that driver. */
export const contenders: Contender[] = [
  {
    name: "Kysely",
    on: {
      sqlite: { driver: "node:sqlite", statements: "per call", setUp: setUpSqlite },
      postgresql: { driver: "pg", statements: "per call", setUp: setUpPostgres },
    },
  },
];

async function setUpSqlite(): Promise<Subject> {
  const db = new Kysely<{ users: SqliteRow }>({ dialect: new NodeSqliteDialect(":memory:") });
  await makeTable(db, "sqlite");
  const rowOf = (found: SqliteRow | undefined) => found && fromSqlite(found);
  return {
    getById: async (id) =>
      rowOf(await db.selectFrom("users").selectAll().where("id", "=", id).executeTakeFirst()),
    async create(user) {
      const row = newRow(user);
      await db.insertInto("users").values(toSqlite(row)).execute();
      return row;
    },
    async createMany(users) {
      const rows = users.map(newRow);
      for (const chunk of chunksOf(rows)) await db.insertInto("users").values(chunk.map(toSqlite)).execute();
      return rows;
    },
    async findMany(name, limit) {
      const query = db.selectFrom("users").selectAll().where("name", "=", name);
      return (await query.orderBy("createdAt", "desc").limit(limit).execute()).map(fromSqlite);
    },
    async update(id, name) {
      const query = db.updateTable("users").set({ name, updatedAt: Date.now() }).where("id", "=", id);
      return rowOf(await query.returningAll().executeTakeFirst());
    },
    empty: () => db.deleteFrom("users").execute(),
  };
}

async function setUpPostgres(url: string): Promise<Subject> {
  const pool = new Pool({ connectionString: url });
  const db = new Kysely<{ users: User }>({ dialect: new PostgresDialect({ pool }) });
  await makeTable(db, "postgresql");
  return {
    getById: (id) => db.selectFrom("users").selectAll().where("id", "=", id).executeTakeFirst(),
    async create(user) {
      const row = newRow(user);
      await db.insertInto("users").values(row).execute();
      return row;
    },
    async createMany(users) {
      const rows = users.map(newRow);
      for (const chunk of chunksOf(rows)) await db.insertInto("users").values(chunk).execute();
      return rows;
    },
    findMany: (name, limit) =>
      db
        .selectFrom("users")
        .selectAll()
        .where("name", "=", name)
        .orderBy("createdAt", "desc")
        .limit(limit)
        .execute(),
    update: (id, name) =>
      db
        .updateTable("users")
        .set({ name, updatedAt: new Date() })
        .where("id", "=", id)
        .returningAll()
        .executeTakeFirst(),
    empty: () => sql`truncate users`.execute(db),
  };
}

async function makeTable<T>(db: Kysely<T>, database: DatabaseName): Promise<void> {
  for (const statement of createTable[database]) await sql.raw(statement).execute(db);
}

import { randomUUIDv7 } from "node:crypto";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { desc, eq, sql } from "drizzle-orm";
import { drizzle as drizzlePostgres } from "drizzle-orm/node-postgres";
import * as pg from "drizzle-orm/pg-core";
import * as sqlite from "drizzle-orm/sqlite-core";
import { drizzle as drizzleProxy, type RemoteCallback } from "drizzle-orm/sqlite-proxy";
import { type Contender, chunksOf, type OperationName, type Subject } from "../contender.ts";
import { newRow } from "../new-row.ts";
import { createTable } from "../users-table.ts";

const prepared: OperationName[] = ["getById", "findMany", "update", "create"];

/**
 * This version of Drizzle has no driver for `node:sqlite`; its `sqlite-proxy` is for drivers that it does not have.
 * Queries as they are written first, and prepared by hand, as the page on performance has it.
 */
export const contenders: Contender[] = [
  {
    name: "Drizzle",
    on: {
      sqlite: { driver: "node:sqlite", statements: "kept by SQL", setUp: () => onSqlite().built },
      postgresql: {
        driver: "pg",
        statements: "per call",
        setUp: async (url) => (await onPostgres(url)).built,
      },
    },
  },
  {
    name: "Drizzle, prepared by hand",
    on: {
      sqlite: {
        driver: "node:sqlite",
        statements: "prepared once",
        only: prepared,
        setUp: () => onSqlite().prepared,
      },
      postgresql: {
        driver: "pg",
        statements: "prepared once",
        only: prepared,
        setUp: async (url) => (await onPostgres(url)).prepared,
      },
    },
  },
];

const now = () => new Date();
const given = sql.placeholder;
/** Default values and `$onUpdateFn` are called when a statement is prepared, so that all is given here. */
const givenRow = {
  id: given("id"),
  createdAt: given("createdAt"),
  updatedAt: given("updatedAt"),
  isDeleted: given("isDeleted"),
  name: given("name"),
  email: given("email"),
};
const givenChange = { name: sql`${given("name")}`, updatedAt: sql`${given("updatedAt")}` };

const sqliteUsers = sqlite.sqliteTable("users", {
  id: sqlite
    .text()
    .primaryKey()
    .$defaultFn(() => randomUUIDv7()),
  createdAt: sqlite.integer({ mode: "timestamp_ms" }).notNull().$defaultFn(now),
  updatedAt: sqlite.integer({ mode: "timestamp_ms" }).notNull().$defaultFn(now).$onUpdateFn(now),
  isDeleted: sqlite.integer({ mode: "boolean" }).notNull().default(false),
  name: sqlite.text().notNull(),
  email: sqlite.text().notNull().unique(),
});

function onSqlite(): Record<"built" | "prepared", Subject> {
  const driver = new DatabaseSync(":memory:");
  for (const statement of createTable.sqlite) driver.exec(statement);
  const db = drizzleProxy(proxyTo(driver));
  const users = sqliteUsers;
  const built: Subject = {
    getById: (id) => db.select().from(users).where(eq(users.id, id)).get(),
    create: (user) => db.insert(users).values(user).returning().get(),
    async createMany(all) {
      const ids = [];
      for (const chunk of chunksOf(all))
        ids.push(...(await db.insert(users).values(chunk).returning({ id: users.id })));
      return ids;
    },
    findMany: (name, limit) =>
      db.select().from(users).where(eq(users.name, name)).orderBy(desc(users.createdAt)).limit(limit),
    update: (id, name) => db.update(users).set({ name }).where(eq(users.id, id)).returning().get(),
    empty: () => db.run(sql`delete from users`),
  };

  const select = db
    .select()
    .from(users)
    .where(eq(users.id, given("id")))
    .prepare();
  const insert = db.insert(users).values(givenRow).returning().prepare();
  const selectMany = db
    .select()
    .from(users)
    .where(eq(users.name, given("name")))
    .orderBy(desc(users.createdAt))
    .limit(given("limit"))
    .prepare();
  const update = db
    .update(users)
    .set(givenChange)
    .where(eq(users.id, given("id")))
    .returning()
    .prepare();
  return {
    built,
    prepared: {
      ...built,
      getById: (id) => select.get({ id }),
      create: (user) => insert.get({ ...newRow(user) }),
      findMany: (name, limit) => selectMany.all({ name, limit }),
      update: (id, name) => update.get({ id, name, updatedAt: Date.now() }),
    },
  };
}

/** Keeps each statement, as Drizzle's own drivers do for what is prepared. */
function proxyTo(driver: DatabaseSync): RemoteCallback {
  const kept = new Map<string, StatementSync>();
  const prepare = (text: string) => {
    const statement = driver.prepare(text);
    statement.setReturnArrays(true);
    kept.set(text, statement);
    return statement;
  };
  return async (text, params, method) => {
    const statement = kept.get(text) ?? prepare(text);
    if (method === "run") statement.run(...params);
    if (method === "get") return { rows: statement.get(...params) as unknown as unknown[] };
    return { rows: method === "run" ? [] : statement.all(...params) };
  };
}

const pgUsers = pg.pgTable("users", {
  id: pg
    .uuid()
    .primaryKey()
    .$defaultFn(() => randomUUIDv7()),
  createdAt: pg.timestamp({ withTimezone: true, precision: 3 }).notNull().$defaultFn(now),
  updatedAt: pg.timestamp({ withTimezone: true, precision: 3 }).notNull().$defaultFn(now).$onUpdateFn(now),
  isDeleted: pg.boolean().notNull().default(false),
  name: pg.varchar({ length: 100 }).notNull(),
  email: pg.varchar({ length: 255 }).notNull().unique(),
});

async function onPostgres(url: string): Promise<Record<"built" | "prepared", Subject>> {
  const db = drizzlePostgres(url);
  for (const statement of createTable.postgresql) await db.execute(statement);
  const users = pgUsers;
  const built: Subject = {
    getById: async (id) => (await db.select().from(users).where(eq(users.id, id)))[0],
    create: async (user) => onlyOf(await db.insert(users).values(user).returning()),
    async createMany(all) {
      const ids = [];
      for (const chunk of chunksOf(all))
        ids.push(...(await db.insert(users).values(chunk).returning({ id: users.id })));
      return ids;
    },
    findMany: (name, limit) =>
      db.select().from(users).where(eq(users.name, name)).orderBy(desc(users.createdAt)).limit(limit),
    update: async (id, name) => (await db.update(users).set({ name }).where(eq(users.id, id)).returning())[0],
    empty: () => db.execute("truncate users"),
  };

  const select = db
    .select()
    .from(users)
    .where(eq(users.id, given("id")))
    .prepare("select");
  const insert = db.insert(users).values(givenRow).returning().prepare("insert");
  const selectMany = db
    .select()
    .from(users)
    .where(eq(users.name, given("name")))
    .orderBy(desc(users.createdAt))
    .limit(given("limit"))
    .prepare("selectMany");
  const update = db
    .update(users)
    .set(givenChange)
    .where(eq(users.id, given("id")))
    .returning()
    .prepare("update");
  return {
    built,
    prepared: {
      ...built,
      getById: async (id) => (await select.execute({ id }))[0],
      create: async (user) => onlyOf(await insert.execute({ ...newRow(user) })),
      findMany: (name, limit) => selectMany.execute({ name, limit }),
      update: async (id, name) => (await update.execute({ id, name, updatedAt: new Date() }))[0],
    },
  };
}

function onlyOf<T>([row]: T[]): T {
  if (row === undefined) throw new Error("an insertion gave back no row");
  return row;
}

import { DatabaseSync } from "node:sqlite";
import { Pool } from "pg";
import { type Contender, chunksOf, ROWS_PER_TRIP, type Subject, type User } from "../contender.ts";
import { newRow } from "../new-row.ts";
import { columns, createTable, toSqlite } from "../users-table.ts";

const names = columns.map((name) => `"${name}"`).join(", ");
const valuesOf = (user: User) => columns.map((name) => user[name]);

/** The unit: the driver's prepared statements, and what makes a row of their answers. */
export const contenders: Contender[] = [
  {
    name: "raw driver",
    on: {
      sqlite: { driver: "node:sqlite", statements: "prepared once", setUp: setUpSqlite },
      postgresql: { driver: "pg", statements: "prepared once", setUp: setUpPostgres },
    },
  },
];

function setUpSqlite(): Subject {
  const db = new DatabaseSync(":memory:");
  for (const sql of createTable.sqlite) db.exec(sql);
  const select = db.prepare(`select ${names} from users where "id" = ?`);
  const insert = db.prepare(`insert into users (${names}) values (?, ?, ?, ?, ?, ?)`);
  const selectMany = db.prepare(
    `select ${names} from users where "name" = ? order by "createdAt" desc limit ?`,
  );
  const update = db.prepare(`update users set "name" = ?, "updatedAt" = ? where "id" = ? returning ${names}`);
  // Objects of its own cost this driver more than arrays that are made into rows.
  for (const statement of [select, selectMany, update]) statement.setReturnArrays(true);
  const insertOne = (user: User) => {
    const { id, createdAt, updatedAt, isDeleted, name, email } = toSqlite(user);
    insert.run(id, createdAt, updatedAt, isDeleted, name, email);
    return user;
  };
  return {
    getById: (id) => foundRow(select.get(id)),
    create: (user) => insertOne(newRow(user)),
    createMany: (users) =>
      chunksOf(users).flatMap((chunk) => {
        db.exec("begin");
        const rows = chunk.map((user) => insertOne(newRow(user)));
        db.exec("commit");
        return rows;
      }),
    findMany: (name, limit) => (selectMany.all(name, limit) as unknown as Values[]).map(rowOf),
    update: (id, name) => foundRow(update.get(name, Date.now(), id)),
    empty: () => db.exec("delete from users"),
  };
}

/** In the order of `columns`. */
type Values = [string, number, number, number, string, string];

const rowOf = ([id, createdAt, updatedAt, isDeleted, name, email]: Values): User => ({
  id,
  createdAt: new Date(createdAt),
  updatedAt: new Date(updatedAt),
  isDeleted: isDeleted === 1,
  name,
  email,
});

const foundRow = (values: unknown) => (values === undefined ? undefined : rowOf(values as Values));

async function setUpPostgres(url: string): Promise<Subject> {
  const pool = new Pool({ connectionString: url });
  for (const sql of createTable.postgresql) await pool.query(sql);
  const statement = (name: string, text: string) => (values: unknown[]) =>
    pool.query<User>({ name, text, values });
  const select = statement("select", `select ${names} from users where "id" = $1`);
  const insert = statement("insert", `insert into users (${names}) values ${placeholders(1)}`);
  const insertMany = statement(
    "insertMany",
    `insert into users (${names}) values ${placeholders(ROWS_PER_TRIP)}`,
  );
  const selectMany = statement(
    "selectMany",
    `select ${names} from users where "name" = $1 order by "createdAt" desc limit $2`,
  );
  const update = statement(
    "update",
    `update users set "name" = $2, "updatedAt" = $3 where "id" = $1 returning ${names}`,
  );
  return {
    getById: async (id) => (await select([id])).rows[0],
    async create(user) {
      const row = newRow(user);
      await insert(valuesOf(row));
      return row;
    },
    async createMany(users) {
      const rows = users.map(newRow);
      for (const chunk of chunksOf(rows)) await insertMany(chunk.flatMap(valuesOf));
      return rows;
    },
    findMany: async (name, limit) => (await selectMany([name, limit])).rows,
    update: async (id, name) => (await update([id, name, new Date()])).rows[0],
    empty: () => pool.query("truncate users"),
  };
}

function placeholders(rows: number): string {
  const one = (row: number) => `(${columns.map((_, i) => `$${row * columns.length + i + 1}`).join(", ")})`;
  return Array.from({ length: rows }, (_, row) => one(row)).join(", ");
}

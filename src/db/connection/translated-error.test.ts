import { inspect } from "node:util";
import { expect, it } from "vitest";
import { onEveryDatabase, onPostgres } from "../../../test/databases.ts";
import { type Database, DuplicateError, defineModel, p, Repository, sql } from "../index.ts";

const User = defineModel("users", {
  id: p.integer().primary(),
  token: p.string().hidden().unique(),
  name: p.string().nullable(),
});

onEveryDatabase("what a database refuses", ({ open }) => {
  async function setUp() {
    const db = await open([User]);
    return { db, users: new Repository(db, User) };
  }

  it("is told without what is hidden, however deep somebody looks", async () => {
    const { db, users } = await setUp();
    await users.create({ id: 1, token: "s3cret", name: "Ada" });
    const duplicate = await users.create({ id: 2, token: "s3cret" }).catch((error) => error);
    expect(duplicate).toMatchObject({ code: "DUPLICATE", fields: ["token"] });
    await db.execute(sql`create unique index one_name on ${User} (name)`);
    const raw = await db
      .execute(sql`insert into ${User} (id, token, name) values (${3}, ${"s3cret"}, ${"Eve"})`)
      .catch((error) => error);
    const missing = await db
      .execute(sql`insert into ${User} (token, id) values (${"s3cret"}, null)`)
      .catch((error) => error);
    for (const error of [duplicate, raw, missing]) {
      expect(error).toMatchObject({ cause: expect.any(Error) });
      expect(inspect(error, { depth: 9 })).not.toContain("s3cret");
    }
  });

  it("is a duplicate of its columns where a statement of one's own met it", async () => {
    const { db } = await setUp();
    const insert = (id: number) =>
      sql`insert into ${User} (id, token, name) values (${id}, ${"s3cret"}, ${"Ada"})`;
    await db.execute(insert(1));
    const error = await db.execute(insert(2)).catch((error) => error);
    expect(error).toBeInstanceOf(DuplicateError);
    expect(error).toMatchObject({
      fields: ["token"],
      message: "users.statement: there is a row with this token already",
    });
    await db.execute(sql`create unique index by_name on ${User} (lower(name))`);
    const byName = sql`insert into ${User} (id, token, name) values (3, 'other', 'ADA')`;
    await expect(db.execute(byName)).rejects.toMatchObject({ code: "DUPLICATE", fields: [] });
  });

  it("is a reference to nothing where a statement of one's own met it, or the end of a transaction", async () => {
    const { db } = await setUp();
    await db.execute(
      sql`create table orders (buyer integer references ${User} (id) deferrable initially deferred)`,
    );
    const insert = sql`insert into orders values (7)`;
    await expect(db.execute(insert)).rejects.toMatchObject({ code: "FOREIGN_KEY", operation: "statement" });
    await expect(db.transaction(() => db.execute(insert))).rejects.toMatchObject({
      name: "ForeignKeyError",
      model: db.dialect === "sqlite" ? "(unknown)" : "orders",
      operation: "transaction",
    });
  });

  it("is a reference where a row is deleted that others refer to, in whichever way that is refused", async () => {
    const { db, users } = await setUp();
    await users.create({ id: 1, token: "a" });
    await db.execute(sql`create table orders (buyer integer references ${User} (id) on delete restrict)`);
    await db.execute(sql`insert into orders values (1)`);
    await expect(users.delete(1)).rejects.toMatchObject({ code: "FOREIGN_KEY", model: "users" });
  });

  it("keeps what the driver said as its cause", async () => {
    const { db } = await setUp();
    const error = await db.query(sql`select * from nowhere`).catch((error) => error);
    expect(error).toMatchObject({ name: "DatabaseError", code: "DATABASE", cause: expect.any(Error) });
    expect(error.message).toMatch(/nowhere/);
  });
});

const Session = defineModel("sessions", {
  id: p.integer().primary(),
  token: p.string().hidden().unique(),
  user: () => p.manyToOne(User).nullable(),
});

/** What is refused, and what the error has to say of it. */
const REFUSED: readonly [string, RegExp, (db: Database) => Promise<unknown>][] = [
  [
    "a flush of a value that is taken",
    /token/,
    (db) => {
      const { em } = db;
      em.create(Session, { id: 2, token: "s3cret" });
      return em.flush();
    },
  ],
  [
    "a flush without a value",
    /null.*token/i,
    (db) => {
      const { em } = db;
      em.create(User, { id: 2, name: "s3cret" } as never);
      return em.flush();
    },
  ],
  ["an insert of a value that is taken", /token/, (db) => db.em.insert(Session, { id: 2, token: "s3cret" })],
  [
    "an insert that refers to no row",
    /foreign key/i,
    (db) => db.em.insert(Session, { id: 2, token: "s3cret2", user: 987_654 }),
  ],
  ["no row", /^sessions not found$/, (db) => db.em.findOneOrFail(Session, { token: "s3cret2" })],
  [
    "not one row",
    /^not exactly one of sessions found$/,
    (db) => db.em.findOneOrFail(Session, { token: "s3cret2" }, { strict: true }),
  ],
];

onEveryDatabase("what MikroORM refuses", ({ open }) => {
  it.for(REFUSED)("is told without values: %s", async ([, message, work]) => {
    const db = await open([User, Session]);
    await new Repository(db, Session).create({ id: 1, token: "s3cret" });
    const error = await work(db).then(
      () => undefined,
      (error) => error,
    );
    expect(error).toBeInstanceOf(Error);
    expect(error.message).toMatch(message);
    expect(inspect(error, { depth: 9 })).not.toMatch(/s3cret|987654/);
  });
});

onPostgres("a value that is none of its type", ({ open }) => {
  it("is not told, whoever sent it", async () => {
    const db = await open([User]);
    for (const work of [
      () => db.query(sql`select ${"s3cret"}::int`),
      () => db.query(sql`select ${'"s3cret" {"s3cret"}'}::json`),
      () => db.query(sql`select ${"98765498765498"}::int`),
      () => db.em.find(User, { id: "s3cret" as never }),
    ]) {
      const error = await work().then(
        () => undefined,
        (error) => error,
      );
      expect(error.message).toMatch(/type (?:integer|json)/);
      expect(inspect(error, { depth: 9 })).not.toMatch(/s3cret|987654/);
    }
  });
});

onPostgres("what is found out when a transaction is committed", ({ open }) => {
  it("is a duplicate as well", async () => {
    const db = await open([User]);
    await db.execute(
      sql`alter table ${User} add constraint one_name unique (name) deferrable initially deferred`,
    );
    const transaction = db.transaction(() =>
      db.execute(sql`insert into ${User} (id, token, name) values (1, 'a', 'Ada'), (2, 'b', 'Ada')`),
    );
    await expect(transaction).rejects.toMatchObject({
      code: "DUPLICATE",
      fields: ["name"],
      message: "users.transaction: there is a row with this name already",
    });
  });
});

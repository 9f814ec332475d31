import { inspect } from "node:util";
import { expect, it } from "vitest";
import { onEveryDatabase } from "../../../test/databases.ts";
import { defineModel, p, Repository, sql } from "../index.ts";

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

  it("keeps what the driver said as its cause", async () => {
    const { db } = await setUp();
    const error = await db.query(sql`select * from nowhere`).catch((error) => error);
    expect(error).toMatchObject({ name: "DatabaseError", code: "DATABASE", cause: expect.any(Error) });
    expect(error.message).toMatch(/nowhere/);
  });
});

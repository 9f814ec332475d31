import { expect, it } from "vitest";
import { onEveryDatabase } from "../../../test/databases.ts";
import { DatabaseError, defineModel, p, Repository, sql } from "../index.ts";

const Note = defineModel("notes", { id: p.integer().primary() });

onEveryDatabase("a text", ({ open }) => {
  async function setUp() {
    const db = await open([Note]);
    return { db, notes: new Repository(db, Note) };
  }

  it("of several statements gives what the last of them gives", async () => {
    const { db } = await setUp();
    const rows = await db.query(
      sql`insert into ${Note} (id) values (1); /* and ; */ select id from ${Note}; -- no more`,
    );
    expect(rows).toEqual([{ id: 1 }]);
  });

  it("of several statements does all of them or nothing", async () => {
    const { db, notes } = await setUp();
    const text = sql`insert into ${Note} (id) values (1); insert into nowhere (id) values (2)`;
    await expect(db.execute(text)).rejects.toThrow(/nowhere/);
    expect(await notes.count()).toBe(0);
    await db.execute(sql`insert into ${Note} (id) values (1); insert into ${Note} (id) values (2)`);
    expect(await notes.count()).toBe(2);
  });

  it("of several statements takes part in the transaction that there is", async () => {
    const { db, notes } = await setUp();
    const transaction = db.transaction(async () => {
      await db.execute(sql`insert into ${Note} (id) values (1); insert into ${Note} (id) values (2)`);
      throw new Error("no");
    });
    await expect(transaction).rejects.toThrow("no");
    expect(await notes.count()).toBe(0);
  });

  it("of several statements takes no values", async () => {
    const { db } = await setUp();
    await expect(db.query(sql`select ${"a"} as a; select 2 as b`)).rejects.toBeInstanceOf(DatabaseError);
  });

  it("may begin with long comments", async () => {
    const { db } = await setUp();
    const text = `/* ${"x".repeat(10_000_000)} */ insert into notes (id) values (1)`;
    expect(await db.execute(sql([text] as unknown as TemplateStringsArray))).toBe(1);
  });

  it("that changes no rows gives no count of what was changed before", async () => {
    const { db } = await setUp();
    expect(await db.execute(sql`insert into ${Note} (id) values (1), (2)`)).toBe(2);
    expect(await db.execute(sql`create index by_id on ${Note} (id)`)).toBe(0);
    expect(await db.execute(sql`/* all */ delete from ${Note}`)).toBe(2);
  });
});

import { expect, it } from "vitest";
import { onEveryDatabase } from "../../../test/databases.ts";
import { DatabaseError, defineModel, p, Repository, sql } from "../index.ts";

const Thing = defineModel("things", { id: p.string().primary(), size: p.integer().default(0) });

onEveryDatabase("the sql tag", ({ open }) => {
  async function setUp() {
    const db = await open([Thing]);
    await new Repository(db, Thing).createMany([
      { id: "a", size: 1 },
      { id: "b", size: 2 },
      { id: "c'", size: 3 },
    ]);
    return db;
  }

  it("takes a list for its values, each of them bound", async () => {
    const db = await setUp();
    const found = await db.query<{ id: string }>(
      sql`select id from ${Thing} where id in (${["a", "c'", "') or ('' = '"]}) and size <> ${7} order by id`,
    );
    expect(found.map(({ id }) => id)).toEqual(["a", "c'"]);
    expect(await db.execute(sql`delete from ${Thing} where size not in (${[1, 2]})`)).toBe(1);
  });

  it.each<[string, unknown, RegExp]>([
    ["nothing", undefined, /value 2 is undefined; say null/],
    ["an empty list", [], /value 2 is an empty list/],
    ["nothing in a list", ["a", undefined], /value 2 is undefined/],
    ["an object", {}, /value 2 is an object.*JSON\.stringify/],
    ["an object with fields", { id: "a" }, /value 2 is an object/],
    ["a function", () => "a", /value 2 is a function/],
    ["a symbol", Symbol("a"), /value 2 is a symbol/],
  ])("refuses %s, which one driver would take for another thing than the next", async (_, value, message) => {
    const db = await setUp();
    const query = db.query(sql`select id from ${Thing} where id = ${value} and size = ${1}`);
    await expect(query).rejects.toThrow(DatabaseError);
    await expect(db.query(sql`select id from ${Thing} where id = ${value}`)).rejects.toThrow(message);
  });
});

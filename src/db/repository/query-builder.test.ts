import { expect, expectTypeOf, it } from "vitest";
import { onEveryDatabase } from "../../../test/databases.ts";
import { type Database, defineModel, p, Repository, uuid } from "../index.ts";

const Note = defineModel("notes", { ...uuid(), text: p.text(), stars: p.integer().default(0) });

class Notes extends Repository<typeof Note> {
  constructor(db: Database) {
    super(db, Note);
  }

  async titles(search: { atLeast?: number; contains?: string }) {
    const builder = this.queryBuilder("n").select(["n.text"]).orderBy({ "n.text": "asc" });
    if (search.atLeast !== undefined) builder.andWhere({ "n.stars": { $gte: search.atLeast } });
    if (search.contains !== undefined) builder.andWhere({ "n.text": { $like: `%${search.contains}%` } });
    const rows = await builder.execute();
    expectTypeOf(rows[0]?.text).toEqualTypeOf<string | undefined>();
    return rows.map(({ text }) => text);
  }
}

onEveryDatabase("a repository's query builder", ({ open }) => {
  it("knows its alias and the properties of the model", async () => {
    const notes = new Notes(await open([Note]));
    await notes.createMany([{ text: "apple", stars: 5 }, { text: "pear" }, { text: "pineapple" }]);
    expect(await notes.titles({ contains: "apple" })).toEqual(["apple", "pineapple"]);
    expect(await notes.titles({ contains: "apple", atLeast: 1 })).toEqual(["apple"]);
  });

  it("takes part in transactions", async () => {
    const db = await open([Note]);
    const notes = new Notes(db);
    await db.transaction(async () => {
      await notes.create({ text: "apple" });
      expect(await notes.titles({})).toEqual(["apple"]);
    });
  });
});

import { expect, it } from "vitest";
import { onEveryDatabase } from "../../../test/databases.ts";
import { makeMigrationProject } from "../../../test/migration-files.ts";
import { Database, defineModel, p, sql, uuid } from "../index.ts";

const Author = defineModel("authors", { ...uuid() });
const Tag = defineModel("tags", { ...uuid() });
const Book = defineModel("books", {
  ...uuid(),
  author: () => p.manyToOne(Author),
  tags: () => p.manyToMany(Tag),
});
const models = [Author, Tag, Book];

/** What says which indexes a schema has, but for those of keys. */
const INDEXES = {
  sqlite: sql`select name from sqlite_master where type = 'index' and sql is not null order by name`,
  postgresql: sql`
    select indexname as name from pg_indexes
    where schemaname = current_schema() and indexname like '%_index'
    order by indexname`,
};

async function indexesOf(db: Database): Promise<string[]> {
  const rows = await db.query<{ name: string }>(INDEXES[db.dialect]);
  return rows.map(({ name }) => name);
}

onEveryDatabase("foreign keys", ({ makeUrl, open }) => {
  const expected = ["books_author_id_index", "books_tags_books_id_index", "books_tags_tags_id_index"];

  it("have an index each", async () => {
    expect(await indexesOf(await open(models))).toEqual(expected);
  });

  it("have an index each by migrations, too", async () => {
    const { folder } = makeMigrationProject();
    await using db = new Database({ url: await makeUrl(), models });
    await db.migrations({ folder }).create("Add books");
    await db.connect();
    await db.migrations({ folder }).up();

    expect(await indexesOf(db)).toEqual(expected);
  });
});

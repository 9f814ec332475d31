import { expect, it, vi } from "vitest";
import { onEveryDatabase } from "../../../test/databases.ts";
import { defineModel, p, Repository, RepositoryError, softDelete, uuid } from "../index.ts";

const Author = defineModel("authors", {
  id: p.integer().primary(),
  ...softDelete(),
  name: p.string(),
  born: p.datetime(3).nullable(),
  books: () => p.oneToMany(Book).mappedBy("author"),
  profile: () => p.oneToOne(Profile).mappedBy("author"),
  friends: () => p.manyToMany(Author),
});
const Book = defineModel("books", {
  id: p.integer().primary(),
  ...softDelete(),
  title: p.string(),
  author: () => p.manyToOne(Author),
  prequel: () => p.manyToOne(Book).nullable(),
});
const Profile = defineModel("profiles", { ...uuid(), text: p.text(), author: () => p.oneToOne(Author) });

onEveryDatabase("populate", ({ open }) => {
  async function setUp(options: Parameters<typeof open>[1] = {}) {
    const db = await open([Author, Book, Profile], options);
    const authors = new Repository(db, Author);
    const books = new Repository(db, Book);
    const profiles = new Repository(db, Profile);
    await authors.createMany([
      { id: 1, name: "Mary", born: new Date(0) },
      { id: 2, name: "Percy" },
    ]);
    await books.createMany([
      { id: 1, title: "Frankenstein", author: 1 },
      { id: 2, title: "The Last Man", author: 1, prequel: 1 },
      { id: 3, title: "Ozymandias", author: 2 },
    ]);
    return { db, authors, books, profiles };
  }

  it("puts whole rows in the place of keys", async () => {
    const { books } = await setUp();
    const mary = { id: 1, isDeleted: false, name: "Mary", born: new Date(0) };
    expect(await books.getById(2, { populate: ["author", "prequel"] })).toEqual({
      id: 2,
      isDeleted: false,
      title: "The Last Man",
      author: mary,
      prequel: { id: 1, isDeleted: false, title: "Frankenstein", author: 1, prequel: null },
    });
    expect(await books.findOne({ title: "Frankenstein" }, { populate: ["prequel"] })).toMatchObject({
      author: 1,
      prequel: null,
    });
  });

  it("lists the rows that refer to one, newest first", async () => {
    const { authors } = await setUp();
    await authors.create({ id: 3, name: "Nobody" });
    const found = await authors.getAll({ populate: ["books"], orderBy: { id: "asc" } });
    expect(found.map(({ name, books }) => [name, ...books.map(({ title }) => title)])).toEqual([
      ["Mary", "The Last Man", "Frankenstein"],
      ["Percy", "Ozymandias"],
      ["Nobody"],
    ]);
  });

  it("finds the one row that refers to another", async () => {
    const { authors, profiles } = await setUp();
    const profile = await profiles.create({ text: "Wrote by the lake", author: 1 });
    const found = await authors.findMany({}, { populate: ["profile"], orderBy: { id: "asc" } });
    expect(found.map((author) => author.profile)).toEqual([profile, null]);
    expect(await profiles.findOne({}, { populate: ["author"] })).toMatchObject({ author: { name: "Mary" } });
  });

  it("shows who is referred to, deleted softly or not, and lists only what is not", async () => {
    const { authors, books } = await setUp();
    await authors.softDelete(1);
    await books.softDelete(1);
    expect(await books.getById(2, { populate: ["author"] })).toMatchObject({ author: { name: "Mary" } });
    const mary = await authors.getById(1, { includeDeleted: true, populate: ["books"] });
    expect(mary?.books.map(({ title }) => title)).toEqual(["The Last Man"]);
  });

  it("does it for a page, whose cursor is that of the rows", async () => {
    const { books } = await setUp();
    const options = { first: 2, orderBy: { author: "desc" }, populate: ["author"] } as const;
    const page = await books.paginate(options);
    expect(page.items.map(({ author }) => author.name)).toEqual(["Percy", "Mary"]);
    const next = await books.paginate({ ...options, after: page.endCursor });
    expect(next.items.map(({ title, author }) => [title, author.name])).toEqual([["Frankenstein", "Mary"]]);
  });

  it("takes one statement for each relation, and one more for every further 1,000 keys", async () => {
    const logger = { info: vi.fn() };
    const { authors, books } = await setUp({ echo: true, logger });
    await authors.createMany(Array.from({ length: 1_500 }, (_, index) => ({ id: 10 + index, name: "a" })));
    logger.info.mockClear();
    await books.findMany({}, { populate: ["author", "prequel"] });
    expect(logger.info).toHaveBeenCalledTimes(3);
    logger.info.mockClear();
    const all = await authors.findMany({}, { populate: ["books"] });
    expect(all.filter((author) => author.books.length > 0)).toHaveLength(2);
    expect(logger.info).toHaveBeenCalledTimes(3);
  });

  it("asks nothing where there is nothing to find", async () => {
    const logger = { info: vi.fn() };
    const { books } = await setUp({ echo: true, logger });
    logger.info.mockClear();
    expect(await books.findMany({ id: 7 }, { populate: ["author"] })).toEqual([]);
    expect(await books.findMany({ id: 1 }, { populate: ["prequel"] })).toMatchObject([{ prequel: null }]);
    expect(logger.info).toHaveBeenCalledTimes(2);
  });

  it("sees what its transaction has done", async () => {
    const { db, authors, books } = await setUp();
    await db.transaction(async () => {
      await authors.update(1, { name: "Mary Shelley" });
      expect(await books.getById(1, { populate: ["author"] })).toMatchObject({
        author: { name: "Mary Shelley" },
      });
    });
  });

  it.each<[string, unknown, string]>([
    ["a column", ["title"], 'there is no relation "title"; there are author, prequel'],
    ["nothing of the model", ["nobody"], 'there is no relation "nobody"'],
    ["no list", "author", "populate is a list of relations"],
    ["what every object has", ["constructor"], 'there is no relation "constructor"'],
  ])("refuses %s", async (_, populate, message) => {
    const { books } = await setUp();
    const error = await books.findMany({}, { populate } as never).catch((reason) => reason);
    expect(error).toBeInstanceOf(RepositoryError);
    expect(error.message).toContain(message);
  });

  it("refuses relations of many to many, which have a table in between", async () => {
    const { authors } = await setUp();
    await expect(authors.getAll({ populate: ["friends"] } as never)).rejects.toThrow(
      'there is no relation "friends"; there are books, profile',
    );
  });
});

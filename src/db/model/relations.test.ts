import { describe, expect, it } from "vitest";
import { onEveryDatabase } from "../../../test/databases.ts";
import { nobody } from "../../../test/db/users.ts";
import { defineModel, p, Repository, RepositoryError, uuid } from "../index.ts";

const Author = defineModel("authors", {
  ...uuid(),
  name: p.string(),
  books: () => p.oneToMany(Book).mappedBy("author"),
});
const Book = defineModel("books", {
  ...uuid(),
  title: p.string(),
  author: () => p.manyToOne(Author),
  editor: () => p.manyToOne(Author).nullable(),
});
const Passport = defineModel("passports", {
  id: p.bigint().primary(),
  holder: () => p.oneToOne(Author),
});
const Stamp = defineModel("stamps", {
  id: p.string().length(3).primary(),
  passport: () => p.manyToOne(Passport),
  before: () => p.manyToOne(Stamp).nullable(),
});

const models = [Author, Book, Passport, Stamp];
const number = 2n ** 62n;

onEveryDatabase("a relation", ({ open }) => {
  const setUp = async () => {
    const db = await open(models);
    const authors = new Repository(db, Author);
    const books = new Repository(db, Book);
    const passports = new Repository(db, Passport);
    const stamps = new Repository(db, Stamp);
    const { id } = await authors.create({ name: "Mary" });
    return { authors, books, passports, stamps, id };
  };

  it("is the other row's key, of whatever kind that is", async () => {
    const { authors, books, passports, stamps, id } = await setUp();
    expect(await authors.getById(id)).toEqual({ id, name: "Mary" });
    const book = await books.create({ title: "Frankenstein", author: id });
    expect(book).toEqual({ id: book.id, title: "Frankenstein", author: id, editor: null });
    expect(await passports.create({ id: number, holder: id })).toEqual({ id: number, holder: id });
    const first = await stamps.create({ id: "aaa", passport: number });
    expect(first).toEqual({ id: "aaa", passport: number, before: null });
    const second = await stamps.create({ id: "bbb", passport: number, before: "aaa" });
    expect(second).toEqual({ id: "bbb", passport: number, before: "aaa" });
    expect(await stamps.getById("bbb")).toEqual(second);
  });

  it("is looked for, ordered by and changed like any value", async () => {
    const { authors, books, stamps, passports, id } = await setUp();
    const editor = (await authors.create({ name: "Percy" })).id;
    const [a, b] = await books.createMany([
      { title: "a", author: id },
      { title: "b", author: id, editor },
    ]);
    expect(await books.findMany({ editor })).toEqual([b]);
    expect(await books.findMany({ editor: null })).toEqual([a]);
    expect(await books.findMany({ editor: [id, editor] })).toEqual([b]);
    expect(await books.findMany({}, { orderBy: { editor: "asc" } })).toEqual([b, a]);
    expect(await books.update(b?.id ?? "", { editor: null })).toMatchObject({ editor: null });
    expect(await books.upsert({ id: a?.id, title: "a", author: editor })).toMatchObject({ author: editor });
    await passports.createMany([
      { id: 9n, holder: id },
      { id: 10n, holder: editor },
    ]);
    await stamps.createMany([
      { id: "aaa", passport: 10n },
      { id: "bbb", passport: 9n },
    ]);
    const first = await stamps.paginate({ first: 1, orderBy: { passport: "asc" } });
    const rest = await stamps.paginate({ first: 2, after: first.endCursor, orderBy: { passport: "asc" } });
    expect([...first.items, ...rest.items].map(({ passport }) => passport)).toEqual([9n, 10n]);
  });

  it("leads to a row that is there", async () => {
    const { authors, books, id } = await setUp();
    const { id: book } = await books.create({ title: "a", author: id });
    const refusals: [() => Promise<unknown>, where: string][] = [
      [() => books.create({ title: "a", author: nobody }), "books.create"],
      [() => books.update(book, { editor: nobody }), "books.update"],
      [() => authors.delete(id), "authors.delete"],
    ];
    for (const [refused, where] of refusals) {
      await expect(refused()).rejects.toMatchObject({
        name: "ForeignKeyError",
        message: `${where}: a row that it refers to is not there, or is referred to by others`,
      });
    }
    expect(await authors.exists(id)).toBe(true);
  });

  it("to one, from one, is one", async () => {
    const { passports, id } = await setUp();
    await passports.create({ id: 1n, holder: id });
    await expect(passports.create({ id: 2n, holder: id })).rejects.toMatchObject({ fields: ["holder"] });
  });

  describe.each<[string, object, string]>([
    ["no UUID", { author: "mary" }, "author must be a UUID, not "],
    ["an object", { author: { id: nobody } }, "author must be a UUID, not an object"],
    ["null where there must be one", { author: null }, "author must be a UUID, not null"],
    ["nothing where there must be one", { author: undefined }, "author is missing; it must be a UUID"],
    ["a list of rows", { books: [] }, "there is no property books"],
  ])("that is %s", (_, values, problem) => {
    it("is refused", async () => {
      const { books, id } = await setUp();
      const error = await books
        .create({ title: "a", author: id, ...values } as never)
        .catch((reason) => reason);
      expect(error).toBeInstanceOf(RepositoryError);
      expect(error.message).toContain(`books.create: ${problem}`);
    });
  });

  it("to a key of text is as long as that", async () => {
    const { stamps, passports, id } = await setUp();
    await passports.create({ id: 1n, holder: id });
    await expect(stamps.create({ id: "aaa", passport: 1n, before: "aaaa" })).rejects.toThrow(
      "stamps.create: before must be a string of up to 3 characters",
    );
    await expect(stamps.create({ id: "aaa", passport: 1 as never })).rejects.toThrow(
      "stamps.create: passport must be a bigint of 64 bits, not 1",
    );
  });
});

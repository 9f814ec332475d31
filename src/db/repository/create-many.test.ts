import { expect, it } from "vitest";
import { onEveryDatabase } from "../../../test/databases.ts";
import { User } from "../../../test/db/users.ts";
import { DuplicateError, defineModel, p, Repository, RepositoryError } from "../index.ts";

const numbered = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ name: `user ${index}`, email: `${index}@example.com` }));

onEveryDatabase("createMany", ({ open }) => {
  it("makes 10,000 rows by one statement per 1,000, in their order", async () => {
    const statements: string[] = [];
    const users = new Repository(
      await open([User], {
        echo: true,
        logger: { info: (...line: unknown[]) => statements.push(String(line)) },
      }),
      User,
    );
    statements.length = 0;
    const rows = numbered(10_000);
    const made = await users.createMany(rows);
    expect(statements.filter((text) => text.startsWith("insert"))).toHaveLength(10);
    expect(statements).toHaveLength(12);
    expect(made.map(({ email }) => email)).toEqual(rows.map(({ email }) => email));
    expect(new Set(made.map(({ id }) => id)).size).toBe(10_000);
    expect(await users.count()).toBe(10_000);
  });

  it.each([0, 1, 999, 1_000, 1_001, 2_000])("makes %i rows", async (count) => {
    const users = new Repository(await open([User]), User);
    const made = await users.createMany(numbered(count));
    expect(made).toHaveLength(count);
    expect(await users.count()).toBe(count);
  });

  it("makes fewer at a time where rows are wide, so that any database takes them", async () => {
    const names = Array.from({ length: 90 }, (_, index) => `c${index}`);
    const Wide = defineModel("wide", {
      id: p.integer().primary(),
      ...Object.fromEntries(names.map((name) => [name, p.integer()])),
    });
    const wide = new Repository(await open([Wide]), Wide);
    const rows = Array.from({ length: 1_000 }, (_, id) => ({
      id,
      ...Object.fromEntries(names.map((name) => [name, id])),
    }));
    expect(await wide.createMany(rows as never)).toEqual(rows);
  });

  it("keeps the order of rows that leave out different things", async () => {
    const Line = defineModel("lines", { id: p.integer().primary().autoincrement(), text: p.text() });
    const lines = new Repository(await open([Line]), Line);
    const made = await lines.createMany([
      { id: 70, text: "a" },
      { text: "b" },
      { id: 80, text: "c" },
      { text: "d" },
    ]);
    expect(made.map(({ text }) => text)).toEqual(["a", "b", "c", "d"]);
    expect(made).toMatchObject([{ id: 70 }, {}, { id: 80 }, {}]);
    expect(await lines.count()).toBe(4);
  });

  it("makes none where one is taken, in whichever statement that is", async () => {
    const users = new Repository(await open([User]), User);
    const rows = [...numbered(2_000), { name: "again", email: "5@example.com" }];
    const error = await users.createMany(rows).catch((reason) => reason);
    expect(error).toBeInstanceOf(DuplicateError);
    expect(error).toMatchObject({ operation: "createMany", fields: ["email"] });
    expect(await users.count()).toBe(0);
  });

  it("says which row does not fit, and makes none", async () => {
    const users = new Repository(await open([User]), User);
    const error = await users
      .createMany([...numbered(3), { name: "x".repeat(101), email: "x" }])
      .catch((reason) => reason);
    expect(error).toBeInstanceOf(RepositoryError);
    expect(error.message).toContain("users.createMany: row 3: name must be a string of up to 100 characters");
    expect(await users.count()).toBe(0);
  });

  it.each([
    ["no list", "a user"],
    ["nothing", null],
    ["an object", { name: "Ada" }],
  ])("refuses %s", async (_, rows) => {
    const users = new Repository(await open([User]), User);
    await expect(users.createMany(rows as never)).rejects.toThrow(
      "users.createMany: expected an array of rows, not",
    );
  });
});

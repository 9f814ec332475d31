import { expect, it } from "vitest";
import { onEveryDatabase } from "../../../test/databases.ts";
import { User } from "../../../test/db/users.ts";
import { ValidationError } from "../../core/api-error.ts";
import { defineModel, p, Repository, RepositoryError, sql, timestamps, uuid } from "../index.ts";

const cursorOf = (parts: unknown) => Buffer.from(JSON.stringify(parts)).toString("base64url");

onEveryDatabase("paginate", ({ open }) => {
  const setUp = async (count = 5) => {
    const users = new Repository(await open([User]), User);
    const rows = await users.createMany(
      Array.from({ length: count }, (_, age) => ({ name: `${age % 2}`, email: `${age}`, age })),
    );
    return { users, rows };
  };

  it("gives the newest first, and says whether more follow", async () => {
    const { users, rows } = await setUp();
    const newest = rows.toReversed();
    const first = await users.paginate({ first: 2 });
    expect(first).toEqual({ items: newest.slice(0, 2), hasNextPage: true, endCursor: expect.any(String) });
    const second = await users.paginate({ first: 2, after: first.endCursor });
    expect(second).toMatchObject({ items: newest.slice(2, 4), hasNextPage: true });
    const third = await users.paginate({ first: 2, after: second.endCursor });
    expect(third).toEqual({ items: newest.slice(4), hasNextPage: false, endCursor: expect.any(String) });
    expect(await users.paginate({ first: 2, after: third.endCursor })).toEqual({
      items: [],
      hasNextPage: false,
      endCursor: null,
    });
  });

  it("says that nothing follows where a page is just full", async () => {
    const { users, rows } = await setUp(4);
    expect(await users.paginate({ first: 4 })).toMatchObject({ hasNextPage: false });
    expect(await users.paginate({ first: 3 })).toMatchObject({ hasNextPage: true });
    expect((await users.paginate({ first: Number.MAX_SAFE_INTEGER - 1 })).items).toEqual(rows.toReversed());
  });

  it("gives 100 rows unless told otherwise", async () => {
    const { users } = await setUp(101);
    const page = await users.paginate();
    expect(page.items).toHaveLength(100);
    expect(page.hasNextPage).toBe(true);
  });

  it("gives an empty page where there is nothing", async () => {
    const { users } = await setUp(0);
    expect(await users.paginate()).toEqual({ items: [], hasNextPage: false, endCursor: null });
  });

  it("takes null for the first page", async () => {
    const { users } = await setUp();
    expect(await users.paginate({ after: null })).toEqual(await users.paginate());
  });

  it("gives what fits, without what is deleted softly unless told otherwise", async () => {
    const { users, rows } = await setUp();
    await users.softDelete(rows[2]?.id ?? "");
    const agesOf = async (options: object) =>
      (await users.paginate({ orderBy: { age: "asc" }, ...options })).items.map(({ age }) => age);
    expect(await agesOf({})).toEqual([0, 1, 3, 4]);
    expect(await agesOf({ includeDeleted: true })).toEqual([0, 1, 2, 3, 4]);
    expect(await agesOf({ where: { name: "0" } })).toEqual([0, 4]);
    expect(await agesOf({ where: [{ age: 1 }, { age: 2 }], includeDeleted: true })).toEqual([1, 2]);
  });

  it("keeps to the condition on later pages", async () => {
    const { users } = await setUp();
    const list = { first: 1, where: [{ age: 1 }, { age: 3 }], orderBy: { age: "asc" } } as const;
    const { endCursor } = await users.paginate(list);
    const { items, hasNextPage } = await users.paginate({ ...list, after: endCursor });
    expect(items).toMatchObject([{ age: 3 }]);
    expect(hasNextPage).toBe(false);
  });

  it("goes on after a row that is gone meanwhile", async () => {
    const { users, rows } = await setUp();
    const list = { first: 2, orderBy: { age: "asc" } } as const;
    const { endCursor } = await users.paginate(list);
    await users.delete(rows[1]?.id ?? "");
    const { items } = await users.paginate({ ...list, after: endCursor });
    expect(items).toMatchObject([{ age: 2 }, { age: 3 }]);
  });

  it("loses no row among those of one ms, even if the database is finer", async () => {
    const Event = defineModel("events", { ...uuid(), at: p.datetime(6) });
    const db = await open([Event]);
    const events = new Repository(db, Event);
    const made = await events.createMany(Array.from({ length: 4 }, () => ({ at: new Date(1_000) })));
    if (db.dialect === "postgresql") {
      for (const [index, { id }] of made.entries()) {
        const micros = `1970-01-01 00:00:01.00000${index}+00`;
        await db.execute(sql`update ${Event} set at = ${micros}::timestamptz where id = ${id}`);
      }
    }
    const seen: string[] = [];
    let after: string | null = null;
    for (const _ of made) {
      const page: { items: { id: string }[]; endCursor: string | null } = await events.paginate({
        first: 1,
        after,
        orderBy: { at: "asc" },
      });
      seen.push(...page.items.map(({ id }) => id));
      after = page.endCursor;
    }
    expect(seen).toEqual(made.map(({ id }) => id));
  });

  it.each<[string, (own: string) => unknown]>([
    ["empty", () => ""],
    ["no text", () => 5],
    ["an object", () => ({})],
    ["no base64", () => "%%%"],
    ["no JSON", () => Buffer.from("{").toString("base64url")],
    ["no list", () => cursorOf("createdAt desc,id desc")],
    ["an empty list", () => cursorOf([])],
    ["cut off", (own) => own.slice(0, -8)],
    ["SQL", () => "' or 1=1 --"],
    ["without values", () => cursorOf(["createdAt desc,id desc"])],
    ["with too many", () => cursorOf(["createdAt desc,id desc", 1, "a", 1])],
    ["with null for what is never null", () => cursorOf(["createdAt desc,id desc", null, null])],
    ["with another kind of key", () => cursorOf(["createdAt desc,id desc", 1_000, "no uuid"])],
    ["with an object for a value", () => cursorOf(["createdAt desc,id desc", {}, {}])],
    [
      "with a time in words",
      () => cursorOf(["createdAt desc,id desc", "around 1", "0198c1f4-0000-7000-8000-000000000000"]),
    ],
    [
      "with a day that is none",
      () =>
        cursorOf([
          "createdAt desc,id desc",
          "2026-02-31 00:00:00+00",
          "0198c1f4-0000-7000-8000-000000000000",
        ]),
    ],
    ["of another order", () => cursorOf(["name asc,id asc", "a", "0198c1f4-0000-7000-8000-000000000000"])],
  ])("refuses a cursor that is %s", async (_, broken) => {
    const { users } = await setUp();
    const { endCursor } = await users.paginate({ first: 1 });
    const error = await users
      .paginate({ first: 1, after: broken(endCursor ?? "") as never })
      .catch((reason) => reason);
    expect(error).toBeInstanceOf(ValidationError);
    expect(error).toMatchObject({ issues: [{ message: "is no cursor of this list", path: ["after"] }] });
  });

  it("refuses the cursor of another order of the same list", async () => {
    const { users } = await setUp();
    const { endCursor } = await users.paginate({ first: 1, orderBy: { age: "asc" } });
    await expect(
      users.paginate({ first: 1, after: endCursor, orderBy: { age: "desc" } }),
    ).rejects.toBeInstanceOf(ValidationError);
    await expect(users.paginate({ first: 1, after: endCursor })).rejects.toBeInstanceOf(ValidationError);
  });

  it("refuses values of a cursor that its columns cannot have", async () => {
    const Thing = defineModel("things", {
      ...uuid(),
      ...timestamps(),
      flag: p.boolean(),
      share: p.double(),
      data: p.uint8array(),
      price: p.decimal().precision(8).scale(2),
    });
    const things = new Repository(await open([Thing]), Thing);
    const id = "0198c1f4-0000-7000-8000-000000000000";
    for (const [property, values] of Object.entries({
      flag: ["yes", 7, { number: "1" }],
      share: ["1", { number: "x" }, { bytes: "AA" }, [1]],
      data: ["AA", { bytes: 5 }, { number: "Infinity" }],
      price: ["abc", [], { number: "Infinity" }],
    })) {
      for (const value of values) {
        const after = cursorOf([`${property} asc,id asc`, value, id]);
        await expect(
          things.paginate({ after, orderBy: { [property]: "asc" } }),
          `${property} ${JSON.stringify(value)}`,
        ).rejects.toBeInstanceOf(ValidationError);
      }
    }
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, "5", null, true])(
    "refuses a page of %s rows",
    async (first) => {
      const { users } = await setUp(0);
      const error = await users.paginate({ first: first as never }).catch((reason) => reason);
      expect(error).toBeInstanceOf(RepositoryError);
      expect(error.message).toContain("users.paginate: first must be a positive integer, not");
    },
  );
});

import { expect, it } from "vitest";
import { onEveryDatabase } from "../../../test/databases.ts";
import { nobody, User } from "../../../test/db/users.ts";
import { defineModel, p, Repository, uuid } from "../index.ts";

onEveryDatabase("getById and exists", ({ open }) => {
  it("know a row that is there", async () => {
    const users = new Repository(await open([User]), User);
    const ada = await users.create({ name: "Ada", email: "ada@example.com" });
    await users.create({ name: "Grace", email: "grace@example.com" });
    expect(await users.getById(ada.id)).toEqual(ada);
    expect(await users.getById(ada.id.toUpperCase())).toEqual(ada);
    expect(await users.exists(ada.id)).toBe(true);
  });

  it("know none that is not", async () => {
    const users = new Repository(await open([User]), User);
    expect(await users.getById(nobody)).toBeNull();
    expect(await users.exists(nobody)).toBe(false);
  });

  it("see what is deleted softly only if told to", async () => {
    const users = new Repository(await open([User]), User);
    const { id } = await users.create({ name: "Ada", email: "ada@example.com" });
    await users.softDelete(id);
    expect(await users.getById(id)).toBeNull();
    expect(await users.exists(id)).toBe(false);
    expect(await users.getById(id, { includeDeleted: false })).toBeNull();
    expect(await users.getById(id, { includeDeleted: true })).toMatchObject({ id, isDeleted: true });
    expect(await users.exists(id, { includeDeleted: true })).toBe(true);
  });

  it.each([
    ["", "ada"],
    ["a NUL", "\0"],
    ["a number", 5],
    ["null", null],
    ["undefined", undefined],
    ["an object", {}],
  ])("find nothing by what could be no key: %s", async (_, id) => {
    const users = new Repository(await open([User]), User);
    expect(await users.getById(id as never)).toBeNull();
    expect(await users.exists(id as never)).toBe(false);
  });

  it.each([
    ["integer", p.integer().primary(), 7, 2 ** 31],
    ["bigint", p.bigint().primary(), 2n ** 60n, 2n ** 64n],
    ["string", p.string().primary(), "'); --", "\uD800"],
  ] as const)("take keys of another kind: %s", async (_, property, id, unfit) => {
    const Thing = defineModel("things", { id: property as never, text: p.text() });
    const things = new Repository(await open([Thing]), Thing);
    const row = { id, text: "a" };
    expect(await things.create(row as never)).toEqual(row);
    expect(await things.getById(id as never)).toEqual(row);
    expect(await things.getById(unfit as never)).toBeNull();
    expect(await things.update(id as never, { text: "b" } as never)).toEqual({ id, text: "b" });
    expect(await things.delete(id as never)).toBe(true);
  });
});

onEveryDatabase("getAll", ({ open }) => {
  const setUp = async (count: number) => {
    const users = new Repository(await open([User]), User);
    await users.createMany(
      Array.from({ length: count }, (_, index) => ({
        name: `${index % 2}`,
        email: `${index}`,
        age: index,
        createdAt: new Date(1_000 * ((index * 7) % count)),
      })),
    );
    return users;
  };

  it("gives the 100 newest, newest first", async () => {
    const users = await setUp(150);
    const rows = await users.getAll();
    expect(rows.map(({ createdAt }) => createdAt.getTime())).toEqual(
      Array.from({ length: 100 }, (_, index) => 1_000 * (149 - index)),
    );
  });

  it("gives the one made last first, within one ms, too", async () => {
    const users = new Repository(await open([User]), User);
    const createdAt = new Date();
    await users.createMany(["a", "b", "c"].map((name) => ({ name, email: name, createdAt })));
    expect((await users.getAll()).map(({ name }) => name)).toEqual(["c", "b", "a"]);
  });

  it("gives the greatest key first where nothing tells what is new", async () => {
    const Line = defineModel("lines", { id: p.integer().primary() });
    const lines = new Repository(await open([Line]), Line);
    await lines.createMany([{ id: 2 }, { id: 10 }, { id: 1 }]);
    expect(await lines.getAll()).toEqual([{ id: 10 }, { id: 2 }, { id: 1 }]);
  });

  it("takes limit, offset and order", async () => {
    const users = await setUp(10);
    const ages = async (options: object) => (await users.getAll(options)).map(({ age }) => age);
    expect(await ages({ orderBy: { age: "asc" }, limit: 3 })).toEqual([0, 1, 2]);
    expect(await ages({ orderBy: { age: "asc" }, limit: 3, offset: 8 })).toEqual([8, 9]);
    expect(await ages({ orderBy: { age: "asc" }, offset: 8 })).toEqual([8, 9]);
    expect(await ages({ orderBy: { name: "desc", age: "asc" }, limit: 4 })).toEqual([1, 3, 5, 7]);
    expect(await ages({ limit: 0 })).toEqual([]);
    expect(await ages({ offset: 10 })).toEqual([]);
    expect(await ages({ orderBy: {}, limit: 1 })).toEqual(await ages({ limit: 1 }));
  });

  it("leaves out what is deleted softly unless told otherwise", async () => {
    const users = await setUp(3);
    const gone = await users.findOne({ age: 1 });
    await users.softDelete(gone?.id ?? "");
    expect((await users.getAll({ orderBy: { age: "asc" } })).map(({ age }) => age)).toEqual([0, 2]);
    expect(await users.getAll({ includeDeleted: true })).toHaveLength(3);
  });

  it.each<[string, object, string]>([
    ["limit", { limit: -1 }, "limit must be an integer of 0 or more, not -1"],
    ["limit", { limit: 1.5 }, "limit must be an integer of 0 or more, not 1.5"],
    ["limit", { limit: "1; DROP TABLE users" }, "limit must be an integer of 0 or more"],
    ["limit", { limit: Number.NaN }, "limit must be an integer of 0 or more, not NaN"],
    ["limit", { limit: Number.POSITIVE_INFINITY }, "limit must be an integer of 0 or more, not Infinity"],
    ["offset", { offset: -1 }, "offset must be an integer of 0 or more, not -1"],
    ["offset", { offset: "0" }, 'offset must be an integer of 0 or more, not "0"'],
    ["orderBy", { orderBy: { nick: "asc" } }, "orderBy: there is no property nick; there are id, createdAt"],
    ["orderBy", { orderBy: { "name; --": "asc" } }, "orderBy: there is no property name; --"],
    ["orderBy", { orderBy: { constructor: "asc" } }, "orderBy: there is no property constructor"],
    ["orderBy", { orderBy: { name: "ASC" } }, 'orderBy: name must be "asc" or "desc", not "ASC"'],
    ["orderBy", { orderBy: { name: "asc; --" } }, 'orderBy: name must be "asc" or "desc"'],
    ["orderBy", { orderBy: null }, "orderBy is an object of properties and directions, not null"],
    ["orderBy", { orderBy: "name" }, 'orderBy is an object of properties and directions, not "name"'],
    ["orderBy", { orderBy: ["name"] }, "orderBy is an object of properties and directions, not an array"],
  ])("refuses a wrong %s: %o", async (_, options, problem) => {
    const users = new Repository(await open([User]), User);
    await expect(users.getAll(options)).rejects.toThrow(`users.getAll: ${problem}`);
  });
});

onEveryDatabase("a model without mixins", ({ open }) => {
  it("has every method that needs none of them", async () => {
    const Line = defineModel("lines", { ...uuid(), text: p.text().unique() });
    const lines = new Repository(await open([Line]), Line);
    const [a, b] = await lines.createMany([{ text: "a" }, { text: "b" }]);
    const id = a?.id ?? "";
    expect(await lines.update(id, { text: "c" })).toEqual({ id, text: "c" });
    expect(await lines.upsert({ text: "c" }, { on: ["text"] })).toEqual({ id, text: "c" });
    expect(await lines.getAll({ includeDeleted: true })).toEqual([b, { id, text: "c" }]);
    expect(await lines.delete(id)).toBe(true);
    expect(await lines.count({}, { includeDeleted: true })).toBe(1);
    expect((await lines.paginate()).items).toEqual([b]);
  });
});

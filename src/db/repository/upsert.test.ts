import { expect, it } from "vitest";
import { onEveryDatabase } from "../../../test/databases.ts";
import { nobody, User } from "../../../test/db/users.ts";
import { DuplicateError, defineModel, p, Repository, RepositoryError, uuid } from "../index.ts";

const Seat = defineModel(
  "seats",
  { ...uuid(), row: p.integer(), number: p.integer(), guest: p.string().nullable() },
  { unique: [["row", "number"]] },
);

onEveryDatabase("upsert", ({ open }) => {
  it("makes a row where there is none", async () => {
    const users = new Repository(await open([User]), User);
    const row = await users.upsert({ id: nobody, name: "Ada", email: "ada@example.com" });
    expect(row).toMatchObject({ id: nobody, name: "Ada", version: 1, age: null, role: "reader" });
    expect(await users.getById(nobody)).toEqual(row);
  });

  it("makes one without a key, too", async () => {
    const users = new Repository(await open([User]), User);
    const row = await users.upsert({ name: "Ada", email: "ada@example.com" }, { on: ["email"] });
    expect(await users.getById(row.id)).toEqual(row);
    await expect(users.upsert({ name: "Grace", email: "grace@example.com" })).rejects.toThrow(
      "users.upsert: on: id must have a value, by which the row is found",
    );
  });

  it("changes what is given of the row that is there, and nothing else", async () => {
    const users = new Repository(await open([User]), User);
    const made = await users.create({
      name: "Ada",
      email: "ada@example.com",
      age: 36,
      role: "writer",
      updatedAt: new Date(0),
    });
    const changed = await users.upsert({
      id: made.id,
      name: "Ada L.",
      email: "ada@example.com",
      age: undefined,
    });
    expect(changed).toEqual({ ...made, name: "Ada L.", version: 2, updatedAt: expect.any(Date) });
    expect(changed.updatedAt.getTime()).toBeGreaterThan(0);
    expect(await users.count()).toBe(1);
  });

  it("takes null for a value", async () => {
    const users = new Repository(await open([User]), User);
    const { id } = await users.create({ name: "Ada", email: "ada@example.com", age: 36 });
    expect(await users.upsert({ id, name: "Ada", email: "ada@example.com", age: null })).toMatchObject({
      age: null,
    });
  });

  it("knows a row by what is unique", async () => {
    const users = new Repository(await open([User]), User);
    const made = await users.create({ name: "Ada", email: "ada@example.com" });
    expect(await users.upsert({ name: "Ada L.", email: "ada@example.com" }, { on: ["email"] })).toMatchObject(
      {
        id: made.id,
        name: "Ada L.",
      },
    );
    expect(await users.count()).toBe(1);
  });

  it("knows a row by what is unique together, in any order", async () => {
    const seats = new Repository(await open([Seat]), Seat);
    const { id } = await seats.create({ row: 1, number: 2 });
    const ada = { row: 1, number: 2, guest: "Ada" };
    expect(await seats.upsert(ada, { on: ["number", "row"] })).toEqual({ ...ada, id });
    await seats.upsert({ row: 2, number: 2, guest: "Grace" }, { on: ["row", "number"] });
    expect(await seats.count()).toBe(2);
  });

  it("gives the row where nothing is to change", async () => {
    const seats = new Repository(await open([Seat]), Seat);
    const made = await seats.create({ row: 1, number: 2, guest: "Ada" });
    expect(await seats.upsert({ row: 1, number: 2 }, { on: ["row", "number"] })).toEqual(made);
  });

  it("brings back a row that was deleted softly", async () => {
    const users = new Repository(await open([User]), User);
    const { id } = await users.create({ name: "Ada", email: "ada@example.com" });
    await users.softDelete(id);
    const back = await users.upsert({ name: "Ada", email: "ada@example.com" }, { on: ["email"] });
    expect(back).toMatchObject({ id, isDeleted: false });
    expect(await users.exists(id)).toBe(true);
  });

  it("leaves it deleted where that is said", async () => {
    const users = new Repository(await open([User]), User);
    const { id } = await users.create({ name: "Ada", email: "ada@example.com" });
    await users.softDelete(id);
    expect(await users.upsert({ id, name: "Ada", email: "ada@example.com", isDeleted: true })).toMatchObject({
      isDeleted: true,
    });
  });

  it("names the field whose value another row has", async () => {
    const users = new Repository(await open([User]), User);
    await users.create({ name: "Ada", email: "ada@example.com" });
    const error = await users
      .upsert({ id: nobody, name: "Eve", email: "ada@example.com" })
      .catch((reason) => reason);
    expect(error).toBeInstanceOf(DuplicateError);
    expect(error).toMatchObject({ operation: "upsert", fields: ["email"] });
  });

  it.each<[string, unknown, string]>([
    ["what is not unique", ["name"], "no unique index or primary key has these properties"],
    ["what is unknown", ["nick"], "on: there is no property nick; there are id,"],
    ["what has no value", ["age"], "on: age must have a value"],
    ["nothing", [], "on must be a list of properties, not an empty one"],
    ["no list", "email", 'on must be a list of properties, not "email"'],
    ["null", null, "on must be a list of properties, not null"],
  ])("refuses to know a row by %s", async (_, on, problem) => {
    const users = new Repository(await open([User]), User);
    const error = await users
      .upsert({ name: "Ada", email: "ada@example.com" }, { on: on as never })
      .catch((reason) => reason);
    expect(error).toBeInstanceOf(RepositoryError);
    expect(error.message).toContain(`users.upsert: ${problem}`);
    expect(await users.count()).toBe(0);
  });
});

import { expect, it } from "vitest";
import { onEveryDatabase } from "../../../test/databases.ts";
import { User } from "../../../test/db/users.ts";
import { defineModel, p, Repository, sql } from "../index.ts";

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

onEveryDatabase("create", ({ open }) => {
  it("fills in what is left out", async () => {
    const users = new Repository(await open([User]), User);
    const before = Date.now();
    const row = await users.create({ name: "Ada", email: "ada@example.com" });
    expect(row).toEqual({
      id: expect.stringMatching(UUID_V7),
      createdAt: expect.any(Date),
      updatedAt: expect.any(Date),
      isDeleted: false,
      version: 1,
      name: "Ada",
      email: "ada@example.com",
      age: null,
      role: "reader",
    });
    expect(row.createdAt.getTime()).toBeGreaterThanOrEqual(before);
    expect(row.createdAt.getTime()).toBeLessThanOrEqual(Date.now());
    expect(await users.getById(row.id)).toEqual(row);
  });

  it("takes what is given of that all the same", async () => {
    const users = new Repository(await open([User]), User);
    const given = {
      id: "0198c1f4-0000-7000-8000-00000000000a",
      createdAt: new Date("2020-01-01T00:00:00.001Z"),
      updatedAt: new Date("2021-01-01T00:00:00.999Z"),
      isDeleted: true,
      version: 7,
      name: "Ada",
      email: "ada@example.com",
      age: 36,
      role: "writer" as const,
    };
    expect(await users.create(given)).toEqual(given);
    expect(await users.getById(given.id, { includeDeleted: true })).toEqual(given);
  });

  it("gives a plain object, which is the caller's own", async () => {
    const users = new Repository(await open([User]), User);
    const row = await users.create({ name: "Ada", email: "ada@example.com" });
    expect(Object.getPrototypeOf(row)).toBe(Object.prototype);
    row.name = "changed";
    expect(await users.getById(row.id)).toMatchObject({ name: "Ada" });
  });

  it("takes what is undefined as left out", async () => {
    const users = new Repository(await open([User]), User);
    const row = await users.create({
      name: "Ada",
      email: "a",
      age: undefined,
      role: undefined,
      id: undefined,
    });
    expect(row).toMatchObject({ age: null, role: "reader", id: expect.stringMatching(UUID_V7) });
  });

  it("names what is missing", async () => {
    const users = new Repository(await open([User]), User);
    await expect(users.create({ email: "ada@example.com" } as never)).rejects.toThrow(
      "users.create: name is missing; it must be a string",
    );
    await expect(users.create({ name: null, email: "a" } as never)).rejects.toThrow(
      "users.create: name must be a string, not null",
    );
  });

  it("lets the database make what it makes", async () => {
    const Line = defineModel("lines", {
      id: p.integer().primary().autoincrement(),
      text: p.text().nullable(),
    });
    const lines = new Repository(await open([Line]), Line);
    expect(await lines.create({ text: "a" })).toEqual({ id: 1, text: "a" });
    expect(await lines.create({})).toEqual({ id: 2, text: null });
  });

  it("makes a row of nothing but defaults", async () => {
    const Ticket = defineModel("tickets", { id: p.integer().primary().autoincrement() });
    const tickets = new Repository(await open([Ticket]), Ticket);
    expect(await tickets.create({})).toEqual({ id: 1 });
    expect(await tickets.createMany([{}, {}])).toEqual([{ id: 2 }, { id: 3 }]);
  });

  it("refuses what the model itself fills in where that does not fit", async () => {
    const Code = defineModel("codes", {
      id: p.integer().primary(),
      code: p
        .string()
        .length(3)
        .onCreate(() => "too long"),
    });
    const codes = new Repository(await open([Code]), Code);
    await expect(codes.create({ id: 1 })).rejects.toThrow(
      "codes.create: code must be a string of up to 3 characters",
    );
  });

  it("keeps what could be words of SQL apart from them", async () => {
    const db = await open([User]);
    const users = new Repository(db, User);
    const name = "'); DROP TABLE users; --";
    await users.create({ name, email: name });
    expect(await users.findMany({ name, email: name })).toHaveLength(1);
    expect(await db.query(sql`select name from ${User}`)).toEqual([{ name }]);
  });
});

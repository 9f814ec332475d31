import { expect, it } from "vitest";
import { onEveryDatabase } from "../../../test/databases.ts";
import { User } from "../../../test/db/users.ts";
import { Repository } from "../index.ts";

onEveryDatabase("findOne and findMany", ({ open }) => {
  const setUp = async () => {
    const users = new Repository(await open([User]), User);
    const made = await users.createMany(
      Array.from({ length: 120 }, (_, age) => ({
        name: age % 2 === 0 ? "even" : "odd",
        email: `${age}`,
        age,
      })),
    );
    const agesOf = async (...query: Parameters<typeof users.findMany>) =>
      (await users.findMany(...query)).map(({ age }) => age);
    return { users, made, agesOf };
  };

  it("give what fits, the newest first", async () => {
    const { users, made, agesOf } = await setUp();
    expect(await users.findOne({ name: "odd" })).toEqual(made[119]);
    expect(await users.findOne({ name: "neither" })).toBeNull();
    expect(await users.findMany({ name: "neither" })).toEqual([]);
    expect((await agesOf({ name: "even" })).slice(0, 3)).toEqual([118, 116, 114]);
  });

  it("give all that fits, unless there is a limit", async () => {
    const { users } = await setUp();
    expect(await users.findMany({})).toHaveLength(120);
    expect(await users.findMany({}, { limit: 7 })).toHaveLength(7);
  });

  it("take offset and order", async () => {
    const { users, agesOf } = await setUp();
    const orderBy = { name: "desc", age: "asc" } as const;
    expect(await agesOf({ age: { lt: 6 } }, { orderBy })).toEqual([1, 3, 5, 0, 2, 4]);
    expect(await agesOf({ age: { lt: 6 } }, { orderBy, offset: 2, limit: 2 })).toEqual([5, 0]);
    expect(await users.findOne({ age: { lt: 6 } }, { orderBy, offset: 3 })).toMatchObject({ age: 0 });
  });

  it("see what is deleted softly only if told to", async () => {
    const { users, made, agesOf } = await setUp();
    await users.softDelete(made[5]?.id ?? "");
    expect(await users.findOne({ age: 5 })).toBeNull();
    expect(await users.findOne({ age: 5 }, { includeDeleted: true })).toMatchObject({ isDeleted: true });
    expect(await agesOf({ age: [4, 5] })).toEqual([4]);
    expect(await agesOf({ age: [4, 5] }, { includeDeleted: true })).toEqual([5, 4]);
    expect(await agesOf({ age: [4, 5], isDeleted: true }, { includeDeleted: true })).toEqual([5]);
  });

  it("see no more of it where one of several conditions is enough", async () => {
    const { users, made, agesOf } = await setUp();
    await users.softDelete(made[5]?.id ?? "");
    expect(await agesOf([{ age: 4 }, { age: 5 }])).toEqual([4]);
  });
});

onEveryDatabase("count", ({ open }) => {
  it("counts what is there, or fits", async () => {
    const users = new Repository(await open([User]), User);
    expect(await users.count()).toBe(0);
    const [ada] = await users.createMany([
      { name: "Ada", email: "a", age: 36 },
      { name: "Grace", email: "b", age: 85 },
      { name: "Alan", email: "c" },
    ]);
    expect(await users.count()).toBe(3);
    expect(await users.count({ age: null })).toBe(1);
    expect(await users.count([{ age: null }, { name: "Grace" }])).toBe(2);
    await users.softDelete(ada?.id ?? "");
    expect(await users.count()).toBe(2);
    expect(await users.count({ name: "Ada" })).toBe(0);
    expect(await users.count({ name: "Ada" }, { includeDeleted: true })).toBe(1);
    expect(await users.count({}, { includeDeleted: true })).toBe(3);
  });
});

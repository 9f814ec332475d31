import { afterEach, expect, it, vi } from "vitest";
import { onEveryDatabase } from "../../../test/databases.ts";
import { nobody, User } from "../../../test/db/users.ts";
import { ConcurrencyError, defineModel, p, Repository, RepositoryError } from "../index.ts";

afterEach(() => {
  vi.useRealTimers();
});

onEveryDatabase("update", ({ open }) => {
  const setUp = async () => {
    const users = new Repository(await open([User]), User);
    const [ada, grace] = await users.createMany([
      { name: "Ada", email: "ada@example.com", age: 36 },
      { name: "Grace", email: "grace@example.com" },
    ]);
    if (ada === undefined || grace === undefined) throw new Error("two rows were made");
    return { users, ada, grace };
  };

  it("changes what is given of one row, and gives it", async () => {
    const { users, ada, grace } = await setUp();
    const changed = await users.update(ada.id, { name: "Ada L.", age: null });
    expect(changed).toEqual({ ...ada, name: "Ada L.", age: null, version: 2, updatedAt: expect.any(Date) });
    expect(await users.getById(ada.id)).toEqual(changed);
    expect(await users.getById(grace.id)).toEqual(grace);
  });

  it("moves updatedAt to the millisecond, and createdAt not at all", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: new Date("2026-01-01T00:00:00.001Z") });
    const { users, ada } = await setUp();
    vi.setSystemTime(new Date("2026-01-02T03:04:05.678Z"));
    const changed = await users.update(ada.id, { age: 37 });
    expect(changed?.createdAt).toEqual(new Date("2026-01-01T00:00:00.001Z"));
    expect(changed?.updatedAt).toEqual(new Date("2026-01-02T03:04:05.678Z"));
  });

  it("takes a time that is given", async () => {
    const { users, ada } = await setUp();
    const updatedAt = new Date("2001-01-01T00:00:00.123Z");
    expect(await users.update(ada.id, { updatedAt })).toMatchObject({ updatedAt, version: 2 });
  });

  it("gives the row as it is where nothing changes", async () => {
    const { users, ada } = await setUp();
    expect(await users.update(ada.id, {})).toEqual(ada);
    expect(await users.update(ada.id, { name: undefined })).toEqual(ada);
    expect(await users.update(nobody, {})).toBeNull();
  });

  it("is null where there is no row", async () => {
    const { users } = await setUp();
    expect(await users.update(nobody, { age: 1 })).toBeNull();
    expect(await users.update("no uuid", { age: 1 })).toBeNull();
    expect(await users.update(nobody, { age: 1 }, { version: 1 })).toBeNull();
  });

  it("leaves rows alone that are deleted softly", async () => {
    const { users, ada } = await setUp();
    await users.softDelete(ada.id);
    const hidden = await users.getById(ada.id, { includeDeleted: true });
    expect(await users.update(ada.id, { age: 1 })).toBeNull();
    expect(await users.update(ada.id, { isDeleted: false })).toBeNull();
    expect(await users.update(ada.id, { age: 1 }, { version: 2 })).toBeNull();
    expect(await users.update(ada.id, {})).toBeNull();
    expect(await users.getById(ada.id, { includeDeleted: true })).toEqual(hidden);
  });

  it("changes the version that was read, and no other", async () => {
    const { users, ada } = await setUp();
    expect(await users.update(ada.id, { age: 37 }, { version: 1 })).toMatchObject({ age: 37, version: 2 });
    const error = await users.update(ada.id, { age: 38 }, { version: 1 }).catch((reason) => reason);
    expect(error).toBeInstanceOf(ConcurrencyError);
    expect(error).toMatchObject({
      code: "CONCURRENCY",
      model: "users",
      operation: "update",
      id: ada.id,
      expectedVersion: 1,
      actualVersion: 2,
      message: `users.update: row ${ada.id} has version 2, not 1: somebody changed it meanwhile`,
    });
    expect(await users.getById(ada.id)).toMatchObject({ age: 37, version: 2 });
  });

  it("counts a change of nothing where a version is named", async () => {
    const { users, ada } = await setUp();
    expect(await users.update(ada.id, {}, { version: 1 })).toMatchObject({ version: 2 });
    await expect(users.update(ada.id, {}, { version: 1 })).rejects.toBeInstanceOf(ConcurrencyError);
  });

  it("lets one of several that read the same version through", async () => {
    const { users, ada } = await setUp();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, (_, age) => users.update(ada.id, { age }, { version: 1 })),
    );
    const failed = outcomes.filter((outcome) => outcome.status === "rejected");
    expect(failed).toHaveLength(9);
    for (const { reason } of failed) expect(reason).toBeInstanceOf(ConcurrencyError);
    expect(await users.getById(ada.id)).toMatchObject({ version: 2 });
  });

  it.each<[string, unknown, object | undefined, string]>([
    ["the key", { id: nobody }, undefined, "id is the primary key, which does not change"],
    [
      "the version",
      { version: 5 },
      undefined,
      "version counts changes by itself; say { version } as an option",
    ],
    ["what is unknown", { nick: "a" }, undefined, "there is no property nick; there are id, createdAt"],
    ["__proto__", JSON.parse('{"__proto__": 1}'), undefined, "there is no property __proto__"],
    ["constructor", { constructor: 1 }, undefined, "there is no property constructor"],
    ["what must be there", { name: null }, undefined, "name must be a string, not null"],
    ["no object", "age = 1", undefined, 'expected an object of values, not "age = 1"'],
    ["a list", [{ age: 1 }], undefined, "expected an object of values, not an array"],
    ["null", null, undefined, "expected an object of values, not null"],
    ["a version that is none", { age: 1 }, { version: "1" }, "version must be an integer"],
    ["a version without end", { age: 1 }, { version: 2 ** 40 }, "version must be an integer"],
  ])("refuses to change %s", async (_, changes, options, problem) => {
    const { users, ada } = await setUp();
    const error = await users.update(ada.id, changes as never, options).catch((reason) => reason);
    expect(error).toBeInstanceOf(RepositoryError);
    expect(error.message).toContain(`users.update: ${problem}`);
    expect(await users.getById(ada.id)).toEqual(ada);
  });

  it("needs versioned() for a version", async () => {
    const Line = defineModel("lines", { id: p.integer().primary(), text: p.text() });
    const lines = new Repository(await open([Line]), Line);
    await lines.create({ id: 1, text: "a" });
    await expect(lines.update(1, { text: "b" }, { version: 1 })).rejects.toThrow(
      "lines.update: the model has no version; add ...versioned() to its properties",
    );
  });
});

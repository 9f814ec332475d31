import { afterEach, expect, it, vi } from "vitest";
import { onEveryDatabase } from "../../../test/databases.ts";
import { nobody, User } from "../../../test/db/users.ts";
import { defineModel, p, Repository, RepositoryError, uuid } from "../index.ts";

afterEach(() => {
  vi.useRealTimers();
});

onEveryDatabase("softDelete, restore and delete", ({ open }) => {
  const setUp = async () => {
    const users = new Repository(await open([User]), User);
    const ada = await users.create({ name: "Ada", email: "ada@example.com" });
    await users.create({ name: "Grace", email: "grace@example.com" });
    return { users, ada };
  };

  it("say whether they changed something", async () => {
    const { users, ada } = await setUp();
    expect(await users.restore(ada.id)).toBe(false);
    expect(await users.softDelete(ada.id)).toBe(true);
    expect(await users.softDelete(ada.id)).toBe(false);
    expect(await users.restore(ada.id)).toBe(true);
    expect(await users.restore(ada.id)).toBe(false);
    expect(await users.delete(ada.id)).toBe(true);
    expect(await users.delete(ada.id)).toBe(false);
    expect(await users.softDelete(ada.id)).toBe(false);
    expect(await users.restore(ada.id)).toBe(false);
    expect(await users.findMany({}, { includeDeleted: true })).toMatchObject([{ name: "Grace" }]);
  });

  it("delete a hidden row for good", async () => {
    const { users, ada } = await setUp();
    await users.softDelete(ada.id);
    expect(await users.delete(ada.id)).toBe(true);
    expect(await users.exists(ada.id, { includeDeleted: true })).toBe(false);
  });

  it.each([nobody, "no uuid", "", "\0", 5, null, undefined, "' or '1'='1"])(
    "change nothing for a key that is not there: %j",
    async (id) => {
      const { users } = await setUp();
      expect(await users.softDelete(id as never)).toBe(false);
      expect(await users.restore(id as never)).toBe(false);
      expect(await users.delete(id as never)).toBe(false);
      expect(await users.count()).toBe(2);
    },
  );

  it("move updatedAt and the version, as every change does", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: 1_000_000 });
    const { users, ada } = await setUp();
    vi.setSystemTime(2_000_000);
    await users.softDelete(ada.id);
    expect(await users.getById(ada.id, { includeDeleted: true })).toEqual({
      ...ada,
      isDeleted: true,
      version: 2,
      updatedAt: new Date(2_000_000),
    });
    vi.setSystemTime(3_000_000);
    await users.restore(ada.id);
    expect(await users.getById(ada.id)).toEqual({ ...ada, version: 3, updatedAt: new Date(3_000_000) });
  });

  it("leave the unique values of a hidden row taken", async () => {
    const { users, ada } = await setUp();
    await users.softDelete(ada.id);
    await expect(users.create({ name: "Eve", email: ada.email })).rejects.toMatchObject({
      fields: ["email"],
    });
  });

  it.each(["softDelete", "restore"] as const)("need softDelete() in the model: %s", async (operation) => {
    const Line = defineModel("lines", { ...uuid(), text: p.text() });
    const lines = new Repository(await open([Line]), Line);
    const { id } = await lines.create({ text: "a" });
    const error = await lines[operation](id).catch((reason) => reason);
    expect(error).toBeInstanceOf(RepositoryError);
    expect(error.message).toBe(
      `lines.${operation}: the model has no isDeleted; add ...softDelete() to its properties`,
    );
    expect(await lines.delete(id)).toBe(true);
  });
});

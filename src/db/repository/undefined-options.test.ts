import { expect, it } from "vitest";
import { onEveryDatabase } from "../../../test/databases.ts";
import { defineModel, p, Repository, softDelete, uuid, versioned } from "../index.ts";

const Note = defineModel("notes", { ...uuid(), ...softDelete(), ...versioned(), text: p.text() });

onEveryDatabase("options of a repository", ({ open }) => {
  it("are as if they were left out where they are undefined", async () => {
    const notes = new Repository(await open([Note]), Note);
    const made = await notes.createMany(Array.from({ length: 101 }, (_, index) => ({ text: `${index}` })));
    const id = made[0]?.id ?? "";
    const none = { limit: undefined, offset: undefined, orderBy: undefined, includeDeleted: undefined };

    expect(await notes.getAll(none)).toHaveLength(100);
    expect(await notes.findMany({}, none)).toHaveLength(101);
    expect(await notes.findMany({}, { orderBy: { text: undefined, id: "asc" }, limit: 1 })).toEqual([
      made[0],
    ]);
    expect(await notes.update(id, { text: "new" }, { version: undefined })).toMatchObject({ text: "new" });
    expect(await notes.upsert({ id, text: "newer" }, { on: undefined })).toMatchObject({ id, text: "newer" });
    const page = await notes.paginate({
      first: undefined,
      after: undefined,
      where: undefined,
      orderBy: undefined,
      includeDeleted: undefined,
    });
    expect(page.items).toHaveLength(100);
  });
});

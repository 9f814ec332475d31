import { expect, it } from "vitest";
import { onEveryDatabase } from "../../../test/databases.ts";
import { defineModel, p, Repository, RepositoryError, softDelete, uuid } from "../index.ts";

const Note = defineModel("notes", { ...uuid(), ...softDelete(), text: p.text() });
const wrong = { txt: "a" } as never;

onEveryDatabase("a method that is given what does not fit", ({ open }) => {
  it.each<[string, (notes: Repository<typeof Note>) => Promise<unknown>]>([
    ["create", (notes) => notes.create(wrong)],
    ["createMany", (notes) => notes.createMany([wrong])],
    ["upsert", (notes) => notes.upsert(wrong)],
    ["update", (notes) => notes.update("", wrong)],
    ["getAll", (notes) => notes.getAll({ orderBy: wrong })],
    ["findOne", (notes) => notes.findOne(wrong)],
    ["findMany", (notes) => notes.findMany(wrong)],
    ["count", (notes) => notes.count(wrong)],
    ["paginate", (notes) => notes.paginate({ where: wrong })],
  ])("rejects and does not throw: %s", async (operation, call) => {
    const notes = new Repository(await open([Note]), Note);
    const error = await call(notes).catch((reason) => reason);
    expect(error).toBeInstanceOf(RepositoryError);
    expect(error).toMatchObject({ model: "notes", operation, message: expect.stringContaining("txt") });
  });

  it("refuses an isDeleted that is something else than softDelete makes of it", async () => {
    const Odd = defineModel("odd", { ...uuid(), isDeleted: p.datetime().nullable() });
    const odd = new Repository(await open([Odd]), Odd);
    await expect(odd.getAll()).rejects.toThrow('model "odd": isDeleted says whether');
  });
});

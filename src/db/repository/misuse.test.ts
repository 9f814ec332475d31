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

  it.each<[string, (notes: Repository<typeof Note>) => Promise<unknown>, string]>([
    ["upsert", (notes) => notes.upsert({ text: "a" }, wrong), "on"],
    ["getById", (notes) => notes.getById("", wrong), "includeDeleted, populate"],
    ["getAll", (notes) => notes.getAll(wrong), "limit, offset, orderBy, includeDeleted, populate"],
    ["findOne", (notes) => notes.findOne({}, wrong), "limit, offset, orderBy, includeDeleted, populate"],
    ["findMany", (notes) => notes.findMany({}, wrong), "limit, offset, orderBy, includeDeleted, populate"],
    ["paginate", (notes) => notes.paginate(wrong), "first, after, where, orderBy, includeDeleted, populate"],
    ["update", (notes) => notes.update("", {}, wrong), "version"],
    ["count", (notes) => notes.count({}, wrong), "includeDeleted"],
  ])("refuses an option that is none: %s", async (operation, call, known) => {
    const notes = new Repository(await open([Note]), Note);
    await expect(call(notes)).rejects.toThrow(
      `notes.${operation}: there is no option txt; there are ${known}`,
    );
  });

  it("refuses an isDeleted that is something else than softDelete makes of it", async () => {
    const Odd = defineModel("odd", { ...uuid(), isDeleted: p.datetime().nullable() });
    const odd = new Repository(await open([Odd]), Odd);
    await expect(odd.getAll()).rejects.toThrow('model "odd": isDeleted says whether');
  });
});

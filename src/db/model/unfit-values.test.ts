import { describe, expect, it } from "vitest";
import { onEveryDatabase } from "../../../test/databases.ts";
import { kinds, type Things, thingsOf, valuesOf, wholes } from "../../../test/db/kinds.ts";
import { RepositoryError } from "../index.ts";

async function refusal(call: () => Promise<unknown>): Promise<RepositoryError> {
  const error: RepositoryError = await call().then(
    () => expect.fail("it was taken"),
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(RepositoryError);
  // It is found before the database hears of it.
  expect(error.cause).toBeUndefined();
  return error;
}

onEveryDatabase("a value that does not fit", ({ open }) => {
  describe.each([...kinds, ...wholes])("$kind", (kind) => {
    it.each<[string, (things: Things, id: string, value: unknown) => Promise<unknown>]>([
      ["create", (things, _, value) => things.create({ value })],
      ["createMany", (things, _, value) => things.createMany([{}, { value }])],
      ["update", (things, id, value) => things.update(id, { value })],
      ["upsert", (things, id, value) => things.upsert({ id, value })],
    ])("is refused by %s", async (operation, call) => {
      const things = await thingsOf(open, kind);
      const { id } = await things.create({});
      for (const value of kind.unfit) {
        const error = await refusal(() => call(things, id, value));
        expect(error).toMatchObject({ model: "things", operation });
        expect(error.message).toContain(`value must be ${kind.expected}`);
      }
      expect(await things.findMany({})).toEqual([{ id, value: null }]);
    });
  });

  describe.each(kinds)("$kind", (kind) => {
    it("is refused as a condition", async () => {
      const things = await thingsOf(open, kind);
      for (const value of kind.unfit) {
        for (const condition of [{ eq: value }, { ne: value }, { gt: value }, { in: [value] }]) {
          const { message } = await refusal(() => things.findMany({ value: condition }));
          expect(message).toContain(`things.findMany: where: value must be ${kind.expected}`);
        }
      }
    });
  });

  describe.each(wholes)("$kind", (kind) => {
    it("is any value but null as a condition, and each as an order", async () => {
      const things = await thingsOf(open, kind);
      await things.createMany([{ value: kind.values[0] }, {}]);
      expect(valuesOf(await things.findMany({ value: null }))).toEqual([null]);
      expect(valuesOf(await things.findMany({ value: { ne: null } }))).toEqual([kind.values[0]]);
      const compared = await refusal(() => things.findMany({ value: { eq: kind.values[0] } }));
      expect(compared.message).toContain("where: value is compared with null alone");
      const ordered = await refusal(() => things.findMany({}, { orderBy: { value: "asc" } }));
      expect(ordered.message).toContain("orderBy: the values of value have no order");
    });
  });
});

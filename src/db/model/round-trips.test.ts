import { describe, expect, it } from "vitest";
import { onEveryDatabase } from "../../../test/databases.ts";
import { kinds, thingsOf, valuesOf, wholes } from "../../../test/db/kinds.ts";

onEveryDatabase("a value of a kind", ({ open }) => {
  describe.each([...kinds, ...wholes])("$kind", (kind) => {
    const values = [...kind.values, null];

    it("comes back as it was written", async () => {
      const things = await thingsOf(open, kind);
      const made = await things.createMany(values.map((value) => ({ value })));
      expect(valuesOf(made)).toEqual(values);
      for (const row of made) expect(await things.getById(row.id)).toEqual(row);
    });

    it("takes the place of another", async () => {
      const things = await thingsOf(open, kind);
      const { id } = await things.create({});
      for (const value of values) {
        expect(await things.update(id, { value })).toEqual({ id, value });
        expect(await things.upsert({ id, value: null })).toEqual({ id, value: null });
        expect(await things.upsert({ id, value })).toEqual({ id, value });
      }
    });
  });

  describe.each(kinds)("$kind", (kind) => {
    it("is found by what it is, and by what it is not", async () => {
      const things = await thingsOf(open, kind);
      await things.createMany([...kind.values, null].map((value) => ({ value })));
      const found = async (condition: unknown) =>
        valuesOf(await things.findMany({ value: condition }, { orderBy: { value: "asc" } }));
      for (const [at, value] of kind.values.entries()) {
        const others = kind.values.filter((other) => other !== value);
        expect(await found(value)).toEqual([value]);
        expect(await found([value, null])).toEqual([value, null]);
        expect(await found({ ne: value })).toEqual([...others, null]);
        expect(await found({ notIn: [value] })).toEqual([...others, null]);
        expect(await found({ gt: value })).toEqual(kind.values.slice(at + 1));
        expect(await found({ lte: value })).toEqual(kind.values.slice(0, at + 1));
      }
    });

    it("gives an order, in which nothing is the last", async () => {
      const things = await thingsOf(open, kind);
      await things.createMany([null, ...kind.values.toReversed()].map((value) => ({ value })));
      const ordered = async (direction: "asc" | "desc") =>
        valuesOf(await things.findMany({}, { orderBy: { value: direction } }));
      expect(await ordered("asc")).toEqual([...kind.values, null]);
      expect(await ordered("desc")).toEqual([...kind.values, null].toReversed());
    });

    it.each(["asc", "desc"] as const)("begins a page, %s", async (direction) => {
      const things = await thingsOf(open, kind);
      const values = [...kind.values, null];
      await things.createMany(values.map((value) => ({ value })));
      const page = (after: string | null) =>
        things.paginate({ first: 1, after, orderBy: { value: direction } });
      const seen: unknown[] = [];
      let cursor: string | null = null;
      for (const _ of values) {
        const { items, endCursor } = await page(cursor);
        seen.push(...valuesOf(items));
        cursor = endCursor;
      }
      expect(seen).toEqual(direction === "asc" ? values : values.toReversed());
      expect(await page(cursor)).toEqual({ items: [], hasNextPage: false, endCursor: null });
    });
  });
});

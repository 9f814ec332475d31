import { expect, it } from "vitest";
import { onEveryDatabase } from "../../../test/databases.ts";
import { defineModel, p, Repository } from "../index.ts";

const Sum = defineModel("sums", {
  id: p.integer().primary(),
  exact: p.decimal().precision(30).scale(4).default("0.0000"),
  rough: p.decimal("number").precision(30).scale(4).default(0),
  small: p.decimal().precision(4).scale(4).default("0.0000"),
  whole: p.decimal().default("0"),
});

onEveryDatabase("a decimal", ({ open }) => {
  it("is exact, or refused where SQLite could not keep it", async () => {
    const db = await open([Sum]);
    const sums = new Repository(db, Sum);
    expect(await sums.create({ id: 1, exact: "12345678901.2345" })).toMatchObject({
      exact: "12345678901.2345",
    });
    const long = { id: 2, exact: "12345678901234567890123456.7891" };
    if (db.dialect === "postgresql") {
      expect(await sums.create(long)).toMatchObject(long);
    } else {
      await expect(sums.create(long)).rejects.toThrow(
        "exact must be a decimal as text with up to 26 digits before the point and 4 after it, 15 in all on SQLite",
      );
    }
  });

  it("as a number has the digits that a number has", async () => {
    const sums = new Repository(await open([Sum]), Sum);
    const rough = 999_999_999_999_999;
    expect(await sums.create({ id: 1, rough })).toMatchObject({ rough });
    expect(await sums.findMany({ rough: { gte: rough } })).toMatchObject([{ rough }]);
    await expect(sums.create({ id: 2, rough: 1e18 })).rejects.toThrow(
      "rough must be a number with up to 15 digits before the point and 4 after it, not 1000000000000000000",
    );
  });

  it("has no more digits before and after the point than its column", async () => {
    const sums = new Repository(await open([Sum]), Sum);
    expect(await sums.create({ id: 1, small: "-0.9999", whole: "9999999999" })).toMatchObject({
      small: "-0.9999",
      whole: "9999999999",
    });
    await expect(sums.create({ id: 2, small: "1" })).rejects.toThrow("small must be a decimal");
    await expect(sums.create({ id: 2, whole: "0.5" })).rejects.toThrow("whole must be a decimal");
    await expect(sums.create({ id: 2, whole: "10000000000" })).rejects.toThrow("whole must be a decimal");
  });
});

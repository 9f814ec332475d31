import { expect, it } from "vitest";
import { onEveryDatabase } from "../../../test/databases.ts";
import { defineModel, p, Repository, uuid } from "../index.ts";

const Order = defineModel("orders", {
  ...uuid(),
  price: p.integer(),
  doubled: p.integer().generated("(price * 2) stored").nullable(),
});

onEveryDatabase("a generated column", ({ open }) => {
  it("is left to the database", async () => {
    const orders = new Repository(await open([Order]), Order);
    const order = await orders.create({ price: 2 });
    expect(order.doubled).toBe(4);
    expect(await orders.update(order.id, { price: 3 })).toMatchObject({ doubled: 6 });
  });
});

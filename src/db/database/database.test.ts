import { expect, it } from "vitest";
import { onEveryDatabase } from "../../../test/databases.ts";
import { Database, defineModel, p, Repository, uuid } from "../index.ts";

const Note = defineModel("notes", { ...uuid(), text: p.text() });

onEveryDatabase("a database", ({ makeUrl, open }) => {
  it("connects and disconnects as often as one likes", async () => {
    const db = new Database({ url: await makeUrl(), models: [Note] });
    await Promise.all([db.connect(), db.connect()]);
    expect(db.isConnected).toBe(true);
    await Promise.all([db.disconnect(), db.disconnect()]);
    expect(db.isConnected).toBe(false);
  });

  it("can be connected again", async () => {
    const db = await open([Note]);
    await db.disconnect();
    await db.connect();
    await db.recreateSchema();
    expect(await new Repository(db, Note).count()).toBe(0);
  });

  it("refuses models that refer to others which it does not know", async () => {
    const Tag = defineModel("tags", { ...uuid() });
    const Shop = defineModel("shops", { ...uuid() });
    const Product = defineModel("products", {
      ...uuid(),
      shop: () => p.manyToOne(Shop),
      tags: () => p.manyToMany(Tag),
    });
    const url = await makeUrl();
    await expect(new Database({ url, models: [Product] }).connect()).rejects.toMatchObject({
      name: "ConfigurationError",
      problems: [
        'Database: model "products" refers to "shops" by its property shop: both have to be among the models',
        'Database: model "products" refers to "tags" by its property tags: both have to be among the models',
      ],
    });
    await using db = new Database({ url, models: [Product, Shop, Tag] });
    await db.connect();
  });

  it("says that it is not connected", async () => {
    const db = new Database({ url: await makeUrl(), models: [Note] });
    await expect(new Repository(db, Note).count()).rejects.toThrow("await db.connect() first");
  });

  it("makes tables anew", async () => {
    const db = await open([Note]);
    const notes = new Repository(db, Note);
    await notes.create({ text: "old" });
    await db.recreateSchema();
    expect(await notes.count()).toBe(0);
  });

  it("makes tables anew without a look at what else there is", async () => {
    const lines: unknown[] = [];
    const db = await open([Note], { echo: true, logger: { info: (line: unknown) => lines.push(line) } });
    await db.recreateSchema();
    expect(lines.join("\n")).toMatch(/drop table if exists ["`]notes["`]/);
    expect(lines.join("\n")).not.toMatch(/information_schema|pg_class/);
  });

  it("makes the types of enumerations anew", async () => {
    const Task = defineModel("tasks", {
      ...uuid(),
      state: p.enum(["open", "done"]).nativeEnumName("task_state"),
    });
    const db = await open([Task]);
    await db.recreateSchema();
    expect(await new Repository(db, Task).create({ state: "done" })).toMatchObject({ state: "done" });
  });

  it("says how it is", async () => {
    const db = await open([]);
    expect(await db.health()).toMatchObject({ status: "healthy" });
  });
});

import { expect, it } from "vitest";
import { onEveryDatabase, onPostgres } from "../../../test/databases.ts";
import { Database, defineModel, p, Repository, sql } from "../index.ts";

const Event = defineModel("events", {
  id: p.integer().primary(),
  at: p.datetime(3),
  second: p.datetime(0).nullable(),
});

onPostgres("a date", ({ makeUrl }) => {
  it.each(["Europe/Berlin", "America/St_Johns", "Asia/Kathmandu"])(
    "is the same where the session's time is that of %s, which once was no whole minutes from UTC",
    async (zone) => {
      const url = new URL(await makeUrl());
      await using db = new Database({ url: url.href, models: [Event], poolSize: 1 });
      await db.connect();
      await db.recreateSchema();
      await db.query(sql`select set_config('timezone', ${zone}, false)`);
      const events = new Repository(db, Event);
      const dates = ["0001-01-02", "0099-06-01", "1600-02-29", "1890-01-01", "1945-07-01", "2026-07-01"].map(
        (day) => new Date(`${day}T10:20:30.456Z`),
      );
      await events.createMany(dates.map((at, id) => ({ id, at })));
      const read = await events.findMany({}, { orderBy: { at: "asc" } });
      expect(read.map(({ at }) => at)).toEqual(dates);
      const { endCursor } = await events.paginate({ first: 1, orderBy: { at: "asc" } });
      const { items } = await events.paginate({ first: 1, after: endCursor, orderBy: { at: "asc" } });
      expect(items).toMatchObject([{ id: 1 }]);
    },
  );

  it("is refused where it is finer than its column, which would round it", async () => {
    await using db = new Database({ url: await makeUrl(), models: [Event] });
    await db.connect();
    await db.recreateSchema();
    const events = new Repository(db, Event);
    const at = new Date(0);
    expect(await events.create({ id: 1, at, second: new Date(5_000) })).toMatchObject({
      second: new Date(5_000),
    });
    await expect(events.create({ id: 2, at, second: new Date(5_001) })).rejects.toThrow(
      "events.create: second must be a valid Date of the years 1 to 9999, in steps of 1000 ms, not 1970-01-01T00:00:05.001Z",
    );
  });
});

onEveryDatabase("a date", ({ open }) => {
  it("keeps its milliseconds", async () => {
    const events = new Repository(await open([Event]), Event);
    const rows = Array.from({ length: 50 }, (_, id) => ({ id, at: new Date(1.7e12 + id), second: null }));
    expect(await events.createMany(rows)).toEqual(rows);
    expect(await events.findMany({ at: { gte: new Date(1.7e12 + 48) } }, { orderBy: { at: "asc" } })).toEqual(
      rows.slice(48),
    );
  });
});

import { expect, it } from "vitest";
import { onEveryDatabase } from "../../../test/databases.ts";
import { ConfigurationError } from "../../core/errors.ts";
import { defineModel, p, Repository, sql } from "../index.ts";

const Setting = defineModel("settings", {
  id: p.integer().primary(),
  text: p.string().default('so "so" \\\\ %; --'),
  empty: p.text().default(""),
  count: p.integer().default(0),
  big: p.bigint().default("9007199254740993"),
  share: p.double().default(0.1),
  price: p.decimal().precision(8).scale(2).default("1.50"),
  isOn: p.boolean().default(true),
  isOff: p.boolean().default(false),
  day: p.date().default("2026-01-31"),
  level: p.enum(["low", "high"]).default("low"),
  tags: p.array().default(["a", "b"]),
  options: p.json<object>().default('{"a": [1, "x"]}'),
  priority: p.bigint().default(5),
  cost: p.decimal().precision(8).scale(2).default(1.5),
  made: p
    .datetime(3)
    .onCreate(() => new Date(5))
    .onUpdate(() => new Date(6)),
  maybe: p.string().default("something").nullable(),
});

const filledIn = {
  text: 'so "so" \\\\ %; --',
  empty: "",
  count: 0,
  big: 9_007_199_254_740_993n,
  share: 0.1,
  price: "1.50",
  isOn: true,
  isOff: false,
  day: "2026-01-31",
  level: "low",
  tags: ["a", "b"],
  options: { a: [1, "x"] },
  priority: 5n,
  cost: "1.50",
  made: new Date(5),
  maybe: "something",
};

onEveryDatabase("a default", ({ open }) => {
  it("is in a row that says nothing", async () => {
    const settings = new Repository(await open([Setting]), Setting);
    expect(await settings.create({ id: 1 })).toEqual({ id: 1, ...filledIn });
    expect(await settings.createMany([{ id: 2 }])).toEqual([{ id: 2, ...filledIn }]);
    expect(await settings.upsert({ id: 3 })).toEqual({ id: 3, ...filledIn });
  });

  it("is in a row that somebody else makes", async () => {
    const db = await open([Setting]);
    const settings = new Repository(db, Setting);
    const made = db.dialect === "sqlite" ? 5 : new Date(5).toISOString();
    await db.execute(sql`insert into ${Setting} (id, made) values (${1}, ${made})`);
    expect(await settings.getById(1)).toEqual({ id: 1, ...filledIn });
  });

  it("makes room for what is given, null too", async () => {
    const settings = new Repository(await open([Setting]), Setting);
    const given = { id: 1, text: "", count: 7, isOn: false, tags: [], maybe: null, made: new Date(7) };
    expect(await settings.create(given)).toEqual({ ...filledIn, ...given });
  });

  it("comes back with no change that does not name it", async () => {
    const settings = new Repository(await open([Setting]), Setting);
    await settings.create({ id: 1, count: 7, maybe: null });
    const changed = { id: 1, ...filledIn, count: 7, maybe: null, text: "new", made: new Date(6) };
    expect(await settings.update(1, { text: "new" })).toEqual(changed);
    expect(await settings.upsert({ id: 1, text: "new" })).toEqual(changed);
  });
});

it.each<[string, unknown]>([
  ["a quote", p.string().default("it's")],
  ["a quote in an array", p.array().default(["it's"])],
  ["a date", p.datetime().default(new Date(0))],
  ["an object", p.json().default({ a: 1 } as never)],
  ["bytes", p.uint8array().default(Uint8Array.of(1) as never)],
])("a default with %s is refused", (_, property) => {
  expect(() => defineModel("settings", { id: p.integer().primary(), it: property })).toThrow(
    ConfigurationError,
  );
  expect(() => defineModel("settings", { id: p.integer().primary(), it: property })).toThrow(
    'the default of "it" of "settings" cannot be a part of the table\'s definition',
  );
});

const Visit = defineModel("visits", {
  id: p.integer().primary(),
  at: p.datetime(3).defaultRaw("current_timestamp"),
});

onEveryDatabase("a default that is the time of the database", ({ open }) => {
  it("is a date among others, whoever fills it in", async () => {
    const db = await open([Visit]);
    const visits = new Repository(db, Visit);
    const startedAt = Date.now();
    await visits.create({ id: 1 });
    await db.execute(sql`insert into ${Visit} (id) values (2)`);
    for (const id of [1, 2]) {
      const visit = await visits.getById(id);
      expect(Math.abs((visit?.at.getTime() ?? 0) - startedAt)).toBeLessThan(60_000);
    }
    expect(await visits.count({ id: 1, at: { gt: new Date(startedAt + 3_600_000) } })).toBe(0);
  });
});

import { expect, it } from "vitest";
import { onEveryDatabase } from "../../../test/databases.ts";
import { DuplicateError, defineModel, p, Repository, sql, uuid } from "../index.ts";

const Seat = defineModel(
  "seats",
  {
    ...uuid(),
    rowName: p.string(),
    seatNumber: p.integer(),
    ticketCode: p.string().unique().nullable(),
    note: p.string().nullable(),
  },
  { unique: [["rowName", "seatNumber"]] },
);

const first = "0198c1f4-0000-7000-8000-000000000001";
const second = "0198c1f4-0000-7000-8000-000000000002";

onEveryDatabase("a value that is taken", ({ open }) => {
  it.each<[string, readonly string[], (seats: Repository<typeof Seat>) => Promise<unknown>]>([
    ["create", ["id"], (seats) => seats.create({ id: first, rowName: "C", seatNumber: 3 })],
    ["create", ["ticketCode"], (seats) => seats.create({ rowName: "C", seatNumber: 3, ticketCode: "T1" })],
    ["create", ["rowName", "seatNumber"], (seats) => seats.create({ rowName: "A", seatNumber: 1 })],
    ["createMany", ["id"], (seats) => seats.createMany([{ id: first, rowName: "C", seatNumber: 3 }])],
    [
      "createMany",
      ["ticketCode"],
      (seats) =>
        seats.createMany([
          { rowName: "C", seatNumber: 3, ticketCode: "T3" },
          { rowName: "C", seatNumber: 4, ticketCode: "T3" },
        ]),
    ],
    ["createMany", ["rowName", "seatNumber"], (seats) => seats.createMany([{ rowName: "A", seatNumber: 1 }])],
    ["update", ["ticketCode"], (seats) => seats.update(second, { ticketCode: "T1" })],
    ["update", ["rowName", "seatNumber"], (seats) => seats.update(second, { rowName: "A", seatNumber: 1 })],
    [
      "upsert",
      ["ticketCode"],
      (seats) => seats.upsert({ id: second, rowName: "B", seatNumber: 2, ticketCode: "T1" }),
    ],
    [
      "upsert",
      ["rowName", "seatNumber"],
      (seats) => seats.upsert({ ticketCode: "T2", rowName: "A", seatNumber: 1 }, { on: ["ticketCode"] }),
    ],
    [
      "upsert",
      ["id"],
      (seats) =>
        seats.upsert({ id: first, ticketCode: "T3", rowName: "C", seatNumber: 3 }, { on: ["ticketCode"] }),
    ],
  ])("is named by %s: %j", async (operation, fields, call) => {
    const seats = new Repository(await open([Seat]), Seat);
    const made = await seats.createMany([
      { id: first, rowName: "A", seatNumber: 1, ticketCode: "T1" },
      { id: second, rowName: "B", seatNumber: 2, ticketCode: "T2" },
    ]);
    const error = await call(seats).catch((reason) => reason);
    expect(error).toBeInstanceOf(DuplicateError);
    expect(error).toMatchObject({
      code: "DUPLICATE",
      model: "seats",
      operation,
      fields,
      message: `seats.${operation}: there is a row with this ${fields.join(" and ")} already`,
    });
    expect(await seats.getAll({ orderBy: { id: "asc" } })).toEqual(made);
  });

  it("is no value where there is none", async () => {
    const seats = new Repository(await open([Seat]), Seat);
    await seats.createMany([
      { rowName: "A", seatNumber: 1 },
      { rowName: "A", seatNumber: 2 },
    ]);
    expect(await seats.count({ ticketCode: null })).toBe(2);
  });

  it("is named as the database names it where an index has no properties", async () => {
    const db = await open([Seat]);
    const seats = new Repository(db, Seat);
    await db.execute(sql`create unique index one_note on ${Seat} (lower(note))`);
    await seats.create({ rowName: "A", seatNumber: 1, note: "ada" });
    const error = await seats.create({ rowName: "A", seatNumber: 2, note: "ADA" }).catch((reason) => reason);
    expect(error).toBeInstanceOf(DuplicateError);
    expect(error).toMatchObject({
      fields: [],
      message: "seats.create: there is a row with these unique values already",
    });
  });
});

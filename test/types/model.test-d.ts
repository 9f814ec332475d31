import { defineModel, type NewRow, p, type RowOf } from "tsmodules/db";
import { expectTypeOf } from "vitest";

const Thing = defineModel("things", {
  id: p.bigint().primary().autoincrement(),
  double: p.double(),
  share: p.double().nullable(),
  half: p.double().default(0.5),
  float: p.float(),
  decimal: p.decimal(),
  count: p.bigint("number"),
  day: p.date(),
  time: p.time(),
  at: p.datetime(),
  bytes: p.uint8array(),
  tags: p.array(),
  levels: p.enum(["low", "high"]).array(),
  settings: p.json<{ dark: boolean }>(),
});

// A row has of each kind what the database gives.
type Row = RowOf<typeof Thing>;
expectTypeOf<Row["id"]>().toEqualTypeOf<bigint>();
expectTypeOf<Row["double"]>().toEqualTypeOf<number>();
expectTypeOf<Row["share"]>().toEqualTypeOf<number | null>();
expectTypeOf<Row["half"]>().toEqualTypeOf<number>();
expectTypeOf<Row["float"]>().toEqualTypeOf<number>();
expectTypeOf<Row["decimal"]>().toEqualTypeOf<string>();
expectTypeOf<Row["count"]>().toEqualTypeOf<number>();
expectTypeOf<Row["day"]>().toEqualTypeOf<string>();
expectTypeOf<Row["time"]>().toEqualTypeOf<string>();
expectTypeOf<Row["at"]>().toEqualTypeOf<Date>();
expectTypeOf<Row["bytes"]>().toEqualTypeOf<Uint8Array>();
expectTypeOf<Row["tags"]>().toEqualTypeOf<string[]>();
expectTypeOf<Row["levels"]>().toEqualTypeOf<("low" | "high")[]>();
expectTypeOf<Row["settings"]>().toEqualTypeOf<{ dark: boolean }>();

// A new row may leave out what is filled in.
type New = NewRow<typeof Thing>;
expectTypeOf<New["half"]>().toEqualTypeOf<number | undefined>();
expectTypeOf<New["share"]>().toEqualTypeOf<number | null | undefined>();
expectTypeOf<New["double"]>().toEqualTypeOf<number>();

import type { EntityProperty } from "@mikro-orm/core";
import type { DialectName } from "../dialect.ts";
import type { Conversion, ValueCheck } from "./value.ts";

const DAY = /^\d{4}-\d\d-\d\d$/;

/** Whether it is a day of the calendar, in years from 1 on. */
export function isDay(value: unknown): value is string {
  if (typeof value !== "string" || !DAY.test(value) || value.startsWith("0000")) return false;
  const date = new Date(value);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(value);
}

/** The years that both databases write alike, and no finer than the column. */
export function dateCheck({ length, columnTypes }: EntityProperty): ValueCheck {
  // MikroORM's schema generator writes 0 where SQLite was told nothing.
  const digits = columnTypes[0] === "datetime" && length === 0 ? undefined : length;
  const stepMs = 10 ** (3 - Math.min(digits ?? 3, 3));
  const expected = `a valid Date of the years 1 to 9999${stepMs === 1 ? "" : `, in steps of ${stepMs} ms`}`;
  return (value) => {
    if (!(value instanceof Date)) return expected;
    const year = value.getUTCFullYear();
    return year >= 1 && year <= 9999 && value.getTime() % stepMs === 0 ? undefined : expected;
  };
}

export const dateConversions: Readonly<Record<DialectName, Conversion>> = {
  sqlite: {
    toDatabase: (value) => (value as Date).getTime(),
    // Its own functions write text, by UTC, without saying so.
    fromDatabase: (value) =>
      new Date(typeof value === "string" ? `${value.replace(" ", "T")}Z` : (value as number)),
    isRaw: (value) => typeof value === "number",
  },
  postgresql: {
    toDatabase: (value) => (value as Date).toISOString(),
    fromDatabase: (value) => dateOf(value as string),
    isRaw: (value) => typeof value === "string" && isDay(TIMESTAMP.exec(value)?.[1]),
  },
};

/** A day, a time, and how far the session is from UTC: by local time, long ago, to the second. */
const TIMESTAMP =
  /^(\d{4}-\d\d-\d\d) ((?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?)([+-])(\d\d)(?::(\d\d))?(?::(\d\d))?$/;

/** `Date` alone takes year 1 for 2001, and offsets of seconds for nothing. */
function dateOf(text: string): Date {
  // As sessions mostly have it; this is twice as fast.
  if (text.endsWith("+00") && text[10] === " ")
    return new Date(`${text.slice(0, 10)}T${text.slice(11, -3)}Z`);
  const parts = TIMESTAMP.exec(text);
  if (parts === null) return new Date(text);
  const [, day, time, sign, hours, minutes = 0, seconds = 0] = parts;
  const offsetMs = (Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds)) * 1_000;
  return new Date(Date.parse(`${day}T${time}Z`) - (sign === "-" ? -offsetMs : offsetMs));
}

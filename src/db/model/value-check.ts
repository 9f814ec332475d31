import type { EntityProperty, Platform } from "@mikro-orm/core";
import type { DialectName } from "../dialect.ts";
import { arrayCheck, enumArrayCheck, isArray } from "./array.ts";
import { dateCheck, isDay } from "./date.ts";
import { decimalCheck } from "./decimal.ts";
import { bigintChecks, integerCheck } from "./integer.ts";
import { isPlainObject } from "./plain-object.ts";
import { isText, textCheck, textProblem } from "./text.ts";
import type { ValueCheck } from "./value.ts";

/** PostgreSQL checks most of this by itself, and SQLite nothing: what runs on one has to run on the other. */
export function valueCheck(property: EntityProperty, platform: Platform, dialect: DialectName): ValueCheck {
  const { type, runtimeType, items } = property;
  if (items !== undefined) return isArray(property) ? enumArrayCheck(items) : enumCheck(items);
  if (isArray(property)) return arrayCheck(property, platform);
  switch (type) {
    case "UuidType":
      return (value) => (typeof value === "string" && UUID.test(value) ? undefined : "a UUID");
    case "tinyint":
      return integerCheck(8);
    case "smallint":
      return integerCheck(16);
    case "mediumint":
      return integerCheck(24);
    case "integer":
      return integerCheck(32);
    case "BigIntType":
      return bigintChecks[runtimeType] ?? any;
    case "float":
      return floatCheck;
    case "DecimalType":
      return decimalCheck(property, dialect);
    case "DateType":
      return (value) => (isDay(value) ? undefined : "a day as text: YYYY-MM-DD");
    case "time":
      return (value) =>
        typeof value === "string" && TIME.test(value) ? undefined : "a time as text: HH:MM:SS";
    case "JsonType":
      return jsonCheck;
    case "BlobType":
    case "Uint8ArrayType":
      return (value) => (value instanceof Uint8Array ? undefined : "a Uint8Array");
  }
  if (isText(property)) return textCheck(property);
  switch (runtimeType) {
    case "Date":
      return dateCheck(property);
    case "boolean":
      return (value) => (typeof value === "boolean" ? undefined : "true or false");
    case "number":
      return numberCheck;
    default:
      return any;
  }
}

const any = () => undefined;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const TIME = /^(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d$/;

function enumCheck(items: readonly unknown[]): ValueCheck {
  const expected = `one of ${items.join(", ")}`;
  return (value) => (items.includes(value) ? undefined : expected);
}

const numberCheck: ValueCheck = (value) =>
  typeof value === "number" && !Number.isNaN(value) ? undefined : "a number";

/** PostgreSQL would cut off the rest. */
const floatCheck: ValueCheck = (value) => {
  if (typeof value === "number" && (Math.abs(value) === Number.POSITIVE_INFINITY || isShortest(value))) {
    return undefined;
  }
  return "a number that 32 bits hold, of 7 digits or so (p.double() has 64)";
};

/** Whether the number is the shortest one of those that 32 bits cannot tell apart: that one comes back. */
function isShortest(value: number): boolean {
  const kept = Math.fround(value);
  for (let digits = 1; digits <= 9; digits++) {
    const shorter = Number(kept.toPrecision(digits));
    if (Math.fround(shorter) === kept) return shorter === value;
  }
  return false;
}

const JSON_EXPECTED =
  "what JSON gives back as it is: finite numbers, text without NUL characters and lone surrogates, plain objects";

const jsonCheck: ValueCheck = (value) => {
  try {
    JSON.stringify(value, refuseAltered);
    return undefined;
  } catch {
    return JSON_EXPECTED;
  }
};

function refuseAltered(this: unknown, key: string, value: unknown): unknown {
  if (textProblem(key) !== undefined || !isKeptByJson(value, Array.isArray(this))) {
    throw new TypeError(JSON_EXPECTED);
  }
  return value;
}

/** What has a `toJSON` is its result here already. */
function isKeptByJson(value: unknown, inArray: boolean): boolean {
  switch (typeof value) {
    case "string":
      return textProblem(value) === undefined;
    case "number":
      return Number.isFinite(value);
    case "boolean":
      return true;
    case "undefined":
      return !inArray;
    case "object":
      return value === null || Array.isArray(value) || isPlainObject(value);
    default:
      return false;
  }
}

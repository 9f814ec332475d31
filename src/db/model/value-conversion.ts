import type { EntityProperty, Platform, Type } from "@mikro-orm/core";
import type { DialectName } from "../dialect.ts";
import { isArray, quotingArrays } from "./array.ts";
import { dateConversions } from "./date.ts";
import { decimalDigits, isDecimalText } from "./decimal.ts";
import { isIntegerText } from "./integer.ts";
import type { Conversion } from "./value.ts";

const anything = () => true;

const asItIs: Conversion = { toDatabase: (value) => value, fromDatabase: undefined, isRaw: anything };

/** SQLite keeps it as text, in which upper and lower case differ. */
const lowerCase: Conversion = { ...asItIs, toDatabase: (value) => String(value).toLowerCase() };

const zeroOrOne: Conversion = {
  toDatabase: (value) => (value === true ? 1 : 0),
  fromDatabase: (value) => value !== 0,
  isRaw: (value) => value === 0 || value === 1,
};

/** What the drivers give of types of MikroORM that take more than that. */
const RAW: Readonly<Record<string, (value: unknown) => boolean>> = {
  BigIntType: isIntegerText,
  BlobType: (value) => value instanceof Uint8Array,
  DecimalType: (value) => typeof value === "number" || isDecimalText(value),
  DoubleType: (value) => typeof value === "number",
  Uint8ArrayType: (value) => value instanceof Uint8Array,
};

export function conversionOf(property: EntityProperty, platform: Platform, dialect: DialectName): Conversion {
  const { type, runtimeType, customType } = property;
  const isSqlite = dialect === "sqlite";
  if (type === "UuidType") return lowerCase;
  if (type === "DecimalType" && runtimeType === "string" && isSqlite) return padded(property);
  if (isArray(property)) return mikroOrms(customType, platform, quotingArrays(dialect));
  if (customType !== undefined) return { ...mikroOrms(customType, platform), isRaw: RAW[type] ?? anything };
  if (runtimeType === "Date") return dateConversions[dialect];
  if (runtimeType === "boolean" && isSqlite) return zeroOrOne;
  return asItIs;
}

/** SQLite has a number there, without the zeros at its end. */
function padded(property: EntityProperty): Conversion {
  const { scale } = decimalDigits(property);
  return {
    toDatabase: (value) => value,
    fromDatabase: (value) => Number(value).toFixed(scale),
    isRaw: (value) => typeof value === "number",
  };
}

/** @param writing - The platform that it writes for. */
function mikroOrms(type: Type<unknown> | undefined, platform: Platform, writing = platform): Conversion {
  return {
    toDatabase: (value) => type?.convertToDatabaseValue(value, writing, { mode: "query" }),
    fromDatabase: (value) => type?.convertToJSValue(value, platform),
    isRaw: anything,
  };
}

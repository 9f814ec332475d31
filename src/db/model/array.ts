import { ArrayType, type EntityProperty, type Platform } from "@mikro-orm/core";
import type { DialectName } from "../dialect.ts";
import { textProblem } from "./text.ts";
import type { ValueCheck } from "./value.ts";

export function isArray({ customType }: EntityProperty): boolean {
  return customType instanceof ArrayType;
}

/** Items are kept as text: one of another kind needs a way back from there. */
export function arrayCheck({ customType }: EntityProperty, platform: Platform): ValueCheck {
  const isKept = (item: unknown) =>
    textProblem(String(item)) === undefined &&
    customType?.convertToJSValue([String(item)], platform)[0] === item;
  return (value) =>
    Array.isArray(value) && value.every(isKept)
      ? undefined
      : "an array of text without NUL characters and lone surrogates";
}

export function enumArrayCheck(items: readonly unknown[]): ValueCheck {
  const expected = `an array of ${items.join(", ")}`;
  return (value) =>
    Array.isArray(value) && value.every((item) => items.includes(item)) ? undefined : expected;
}

/** Quotes every item: MikroORM leaves some bare that need it, an empty text or the word NULL. */
export function quotingArrays(dialect: DialectName): Platform {
  return { marshallArray: dialect === "sqlite" ? sqliteArray : postgresArray } as Platform;
}

/** As MikroORM reads it: items of JSON with commas between them. */
function sqliteArray(items: unknown[]): string {
  return items.map((item) => JSON.stringify(String(item))).join(",");
}

/** @see PostgreSQL, 8.15.6: array input and output syntax */
function postgresArray(items: unknown[]): string {
  return `{${items.map((item) => `"${String(item).replace(/["\\]/g, "\\$&")}"`).join(",")}}`;
}

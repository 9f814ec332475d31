import { Buffer } from "node:buffer";
import { ValidationError } from "../../core/api-error.ts";
import type { RawRow } from "../connection/connection.ts";
import type { Column } from "../model/column.ts";
import type { OrderTerm } from "./order.ts";

/** The order, and where in it the row is, in the driver's own words: a Date would cut off microseconds. */
export function cursorOf(terms: readonly OrderTerm[], raw: RawRow): string {
  const values = terms.map(({ column }) => written(raw[column.property]));
  return Buffer.from(JSON.stringify([signatureOf(terms), ...values])).toString("base64url");
}

/**
 * The driver's values of the row that a cursor stands for.
 *
 * @throws {ValidationError} if it is no cursor of this order: it comes from the outside.
 */
export function placeOf(terms: readonly OrderTerm[], cursor: string): readonly unknown[] {
  const parts = parsed(cursor);
  if (Array.isArray(parts) && parts.length === terms.length + 1 && parts[0] === signatureOf(terms)) {
    const place = parts.slice(1).map(read);
    if (terms.every(({ column }, index) => fits(column, place[index]))) return place;
  }
  throw new ValidationError([{ message: "is no cursor of this list", path: ["after"] }]);
}

function signatureOf(terms: readonly OrderTerm[]): string {
  return terms.map(({ column, direction }) => `${column.property} ${direction}`).join();
}

function parsed(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, "base64url").toString());
  } catch {
    return undefined;
  }
}

/** JSON has no words for bytes and for what is infinite. */
function written(value: unknown): unknown {
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString("base64url") };
  if (value === Number.POSITIVE_INFINITY) return { number: "Infinity" };
  return value === Number.NEGATIVE_INFINITY ? { number: "-Infinity" } : value;
}

function read(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const { bytes, number } = value as { readonly bytes?: unknown; readonly number?: unknown };
  if (typeof bytes === "string") return Buffer.from(bytes, "base64url");
  return number === "Infinity" || number === "-Infinity" ? Number(number) : undefined;
}

/** Whether it is what the driver gives of such a column. */
function fits(column: Column, value: unknown): boolean {
  if (value === null) return column.nullable;
  try {
    return column.isRaw(value) && column.problemOf(column.fromDatabase?.(value) ?? value) === undefined;
  } catch {
    return false;
  }
}

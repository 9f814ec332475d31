import type { Column } from "../model/column.ts";
import type { Table } from "../model/table.ts";

/** Makes the error that says what is wrong with what was asked for. */
export type Complain = (problem: string) => Error;

/** @throws what `complain` makes of a value, which is not null, that is none of the column's. */
export function refuseUnfit(column: Column, value: unknown, complain: Complain): void {
  const expected = value === undefined ? expectedOf(column) : column.problemOf(value);
  if (expected !== undefined) {
    throw complain(`${column.property} must be ${expected}, not ${shown(value, column)}`);
  }
}

/** @throws what `complain` makes of an option that is none: a misspelt one would be taken for one that was left out. */
export function refuseUnknown(options: object, known: readonly string[], complain: Complain): void {
  for (const option in options) {
    if (!known.includes(option)) {
      throw complain(`there is no option ${option}; there are ${known.join(", ")}`);
    }
  }
}

/** What the values of a column are. */
export function expectedOf(column: Column): string {
  return column.problemOf(undefined) ?? "a value";
}

/** What is said of a property that is none. */
export function unknownProperty(table: Table, property: string): string {
  return `there is no property ${property}; there are ${[...table.byProperty.keys()].join(", ")}`;
}

/** A value as an error shows it: never a secret one, and not too much of a long one. */
export function shown(value: unknown, column?: Column): string {
  if (column?.secret === true) return "what came";
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "number") return String(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "an invalid Date" : value.toISOString();
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "an array" : "an object";
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

import type { Statement } from "../connection/connection.ts";
import type { DialectName } from "../dialect.ts";
import type { Table } from "../model/table.ts";
import type { Complain } from "./complaint.ts";
import { StatementWriter } from "./statement-writer.ts";
import { type Assignment, creation } from "./values.ts";

/** So many rows are inserted by one statement. */
const MAX_ROWS = 1_000;

/** So many values one statement takes. @see https://sqlite.org/limits.html, and PostgreSQL's protocol: 16 bits */
const MAX_VALUES = { sqlite: 32_766, postgresql: 65_535 } as const;

/** @throws what `complain` makes of values that are wrong. */
export function insertStatement(table: Table, values: object, complain: Complain): Statement {
  const assignments = creation(table, values, complain);
  const writer = new StatementWriter(table.dialect);
  const places = placesOf(assignments, writer);
  const text = table.text(`insert ${shapeOf(table, assignments)}`, () =>
    insertText(table, assignments, places),
  );
  return writer.statement(text, true);
}

/** Statements for many rows, as few as there can be, and for each of its rows the index that it came with. */
export function insertStatements(
  table: Table,
  rows: readonly object[],
  complain: (index: number) => Complain,
): readonly { readonly statement: Statement; readonly indexes: readonly number[] }[] {
  const creations = rows.map((values, index) => ({
    index,
    assignments: creation(table, values, complain(index)),
  }));
  // Rows that leave other columns to the database need another statement.
  const byShape = Map.groupBy(creations, ({ assignments }) => shapeOf(table, assignments));
  return [...byShape.values()].flatMap((alike) => {
    const size = rowsPerStatement(alike[0]?.assignments.length ?? 0, table.dialect);
    return chunksOf(alike, size).map((chunk) => {
      const writer = new StatementWriter(table.dialect);
      const places = chunk.map(({ assignments }) => placesOf(assignments, writer)).join(", ");
      const text = insertText(table, chunk[0]?.assignments ?? [], places);
      return {
        statement: writer.statement(text, chunk.length === size),
        indexes: chunk.map(({ index }) => index),
      };
    });
  });
}

/** Nothing but what the database fills in is a row of its own each time: SQL has no words for several. */
function rowsPerStatement(width: number, dialect: DialectName): number {
  return width === 0 ? 1 : Math.max(1, Math.min(MAX_ROWS, Math.floor(MAX_VALUES[dialect] / width)));
}

/** `insert … values …`, without what comes after. */
export function insertInto(table: Table, assignments: readonly Assignment[], places: string): string {
  if (assignments.length === 0) return `insert into ${table.name} default values`;
  return `insert into ${table.name} (${assignments.map(({ column }) => column.name).join(", ")}) values ${places}`;
}

/** `(?, ?, ?)` */
export function placesOf(assignments: readonly Assignment[], writer: StatementWriter): string {
  return `(${assignments.map(({ column, value }) => writer.bindFor(column, value)).join(", ")})`;
}

function insertText(table: Table, assignments: readonly Assignment[], places: string): string {
  return `${insertInto(table, assignments, places)} returning ${table.selection}`;
}

function shapeOf({ columns }: Table, assignments: readonly Assignment[]): string {
  if (assignments.length === columns.length) return "all";
  return assignments.map(({ column }) => column.name).join();
}

function chunksOf<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

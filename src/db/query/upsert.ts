import type { Statement } from "../connection/connection.ts";
import type { Column } from "../model/column.ts";
import type { Table } from "../model/table.ts";
import { insertInto, placesOf } from "./insert.ts";
import { visible } from "./select.ts";
import { StatementWriter } from "./statement-writer.ts";
import { countedUp } from "./update.ts";
import { creation } from "./values.ts";
import { type Complain, shown, unknownProperty } from "./where.ts";

/**
 * Inserts a row, or changes what is given of the one that is there. One that was deleted softly comes back.
 *
 * @throws what `complain` makes of values and properties that are wrong.
 */
export function upsertStatement(
  table: Table,
  values: Record<string, unknown>,
  on: readonly string[] | undefined,
  complain: Complain,
): Statement {
  const assignments = creation(table, values, complain);
  const target = targetOf(table, values, on, complain);
  const writer = new StatementWriter(table.dialect);
  const insert = insertInto(table, assignments, placesOf(assignments, writer));
  const changed = assignments
    .map(({ column }) => column)
    .filter((column) => !target.includes(column) && changes(table, column, values));
  const set = [
    ...changed.map(({ name }) => `${name} = excluded.${name}`),
    ...restored(table, changed),
    ...countedUp(table),
  ];
  // Nothing to change gives no row back, so the key is set to what it is.
  const action = set.length === 0 ? target.map(({ name }) => `${name} = excluded.${name}`) : set;
  return writer.statement(
    `${insert} on conflict (${target.map(({ name }) => name).join(", ")}) do update set ${action.join(", ")} returning ${table.selection}`,
    true,
  );
}

function targetOf(
  table: Table,
  values: Record<string, unknown>,
  on: readonly string[] = [table.id.property],
  complain: Complain,
): readonly Column[] {
  if (!Array.isArray(on) || on.length === 0) {
    throw complain(`on must be a list of properties, not ${Array.isArray(on) ? "an empty one" : shown(on)}`);
  }
  return on.map((property: string) => {
    const column = table.byProperty.get(property);
    if (column === undefined) throw complain(`on: ${unknownProperty(table, property)}`);
    if (values[property] === undefined || values[property] === null) {
      throw complain(`on: ${property} must have a value, by which the row is found`);
    }
    return column;
  });
}

/** What is given changes, and what moves with every change; the rest is for new rows alone. */
function changes(table: Table, column: Column, values: Record<string, unknown>): boolean {
  if (column === table.id || column === table.version) return false;
  return values[column.property] !== undefined || column.onUpdate !== undefined;
}

function restored(table: Table, changed: readonly Column[]): string[] {
  const condition = visible(table);
  return table.isDeleted === undefined || condition === undefined || changed.includes(table.isDeleted)
    ? []
    : [condition];
}

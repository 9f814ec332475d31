import type { Statement } from "../connection/connection.ts";
import type { Column } from "../model/column.ts";
import type { Table } from "../model/table.ts";
import { type Complain, shown, unknownProperty } from "./complaint.ts";
import { insertInto, placesOf } from "./insert.ts";
import { StatementWriter } from "./statement-writer.ts";
import { setTerms } from "./update.ts";
import { type Assignment, creation, touched } from "./values.ts";

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
  const given = assignments.filter(
    ({ column }) => !target.includes(column) && isGiven(table, column, values),
  );
  const set = [
    ...given.map(({ column: { name } }) => `${name} = excluded.${name}`),
    // A row that is there already is changed, not made.
    ...setTerms(table, [...touched(table, given), ...restored(table, given)], writer),
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

function isGiven(table: Table, column: Column, values: Record<string, unknown>): boolean {
  return column !== table.id && column !== table.version && values[column.property] !== undefined;
}

/** A row that was deleted softly comes back, unless somebody says otherwise. */
function restored({ isDeleted }: Table, given: readonly Assignment[]): readonly Assignment[] {
  if (isDeleted === undefined || given.some(({ column }) => column === isDeleted)) return [];
  return [{ column: isDeleted, value: false }];
}

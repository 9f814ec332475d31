import type { Column } from "../model/column.ts";
import type { Table } from "../model/table.ts";
import { type Complain, expectedOf, refuseUnfit, shown, unknownProperty } from "./complaint.ts";

/** A value for a column, checked, as the model has it. */
export interface Assignment {
  readonly column: Column;
  readonly value: unknown;
}

/**
 * What a new row has in each column that the database does not fill in by itself.
 *
 * @throws what `complain` makes of a property that is unknown, missing or unfit.
 */
export function creation(table: Table, values: object, complain: Complain): readonly Assignment[] {
  refuseUnknown(table, values, complain);
  const assignments: Assignment[] = [];
  for (const column of table.columns) {
    const given = (values as Record<string, unknown>)[column.property];
    const value = given === undefined ? column.onCreate?.() : given;
    if (value === undefined) {
      if (column.madeByDatabase) continue;
      throw complain(`${column.property} is missing; it must be ${expectedOf(column)}`);
    }
    refuseUnassignable(column, value, complain);
    assignments.push({ column, value });
  }
  return assignments;
}

/**
 * What changes in a row: what is given, and what changes with every change. None where nothing is given.
 *
 * @throws what `complain` makes of a property that is unknown, unfit or never changes.
 */
export function alteration(table: Table, changes: object, complain: Complain): readonly Assignment[] {
  refuseUnknown(table, changes, complain);
  const given: Assignment[] = [];
  for (const [property, value] of Object.entries(changes)) {
    const column = table.byProperty.get(property);
    if (value === undefined || column === undefined) continue;
    if (column === table.id) throw complain(`${property} is the primary key, which does not change`);
    if (column === table.version)
      throw complain(`${property} counts changes by itself; say { version } as an option`);
    refuseUnassignable(column, value, complain);
    given.push({ column, value });
  }
  return given.length === 0 ? given : [...given, ...touched(table, given)];
}

/** What changes with every change of a row, but for what is in `given`. */
export function touched(table: Table, given: readonly Assignment[]): readonly Assignment[] {
  return table.columns.flatMap((column) =>
    column.onUpdate === undefined || given.some((one) => one.column === column)
      ? []
      : [{ column, value: column.onUpdate() }],
  );
}

function refuseUnknown(table: Table, values: object, complain: Complain): void {
  if (typeof values !== "object" || values === null || Array.isArray(values)) {
    throw complain(`expected an object of values, not ${shown(values)}`);
  }
  for (const property of Object.keys(values)) {
    if (!table.byProperty.has(property)) throw complain(unknownProperty(table, property));
  }
}

function refuseUnassignable(column: Column, value: unknown, complain: Complain): void {
  if (value !== null) refuseUnfit(column, value, complain);
  else if (!column.nullable) throw complain(`${column.property} must be ${expectedOf(column)}, not null`);
}

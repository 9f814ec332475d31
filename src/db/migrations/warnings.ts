import type { DatabaseTable, SchemaDifference, TableDifference } from "@mikro-orm/sql";

/** What a migration would lose of the rows that are there, what it takes for renamed, and where it would fail. */
export function warningsOf({ removedTables, changedTables }: SchemaDifference): string[] {
  return [
    ...Object.values(removedTables).map(droppedTable),
    ...Object.values(changedTables).flatMap((difference) => [
      ...droppedColumns(difference),
      ...renamedColumns(difference),
      ...unfilledColumns(difference),
    ]),
  ];
}

function droppedTable({ name }: DatabaseTable): string {
  return dropped(name);
}

/** What is computed comes from columns that have warnings of their own. */
function droppedColumns({ toTable, removedColumns }: TableDifference): string[] {
  const columns = Object.values(removedColumns).filter(({ generated }) => !generated);
  return columns.map(({ name }) => dropped(`${toTable.name}.${name}`));
}

function dropped(what: string): string {
  return `${what} is dropped, with what is in it`;
}

function renamedColumns({ toTable, renamedColumns: renamed }: TableDifference): string[] {
  return Object.entries(renamed).map(
    ([former, { name }]) =>
      `${toTable.name}.${former} becomes ${toTable.name}.${name}, with what is in it: ` +
      "if that is not meant, drop the one and add the other",
  );
}

function unfilledColumns({ toTable, addedColumns }: TableDifference): string[] {
  const unfilled = Object.values(addedColumns).filter(
    ({ nullable, default: value, generated, autoincrement }) =>
      !(nullable || generated || autoincrement) && (value === undefined || value === null),
  );
  return unfilled.map(
    ({ name }) =>
      `${toTable.name}.${name} is required and has no default: ` +
      'fill it for the rows that are there before it is made "not null"',
  );
}

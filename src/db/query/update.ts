import type { Statement } from "../connection/connection.ts";
import type { Table } from "../model/table.ts";
import { andVisible, visible } from "./select.ts";
import { StatementWriter } from "./statement-writer.ts";
import { type Assignment, touched } from "./values.ts";

/** Changes a row that is not deleted, giving it as it is then; nothing where it has another version. */
export function updateStatement(
  table: Table,
  id: unknown,
  assignments: readonly Assignment[],
  version: number | undefined,
): Statement {
  const writer = new StatementWriter(table.dialect);
  const set = setClause(table, assignments, writer);
  const key = writer.bindFor(table.id, id);
  const expected = version === undefined ? "" : ` and ${table.version?.name} = ${writer.bind(version)}`;
  return writer.statement(
    `update ${table.name} set ${set} where ${table.id.name} = ${key}${andVisible(table)}${expected} returning ${table.selection}`,
    true,
  );
}

/** Hides a row, or shows it again; nothing where it is so already. */
export function flagStatement(table: Table, id: unknown, isDeleted: boolean): Statement {
  const column = table.isDeleted;
  if (column === undefined) throw new TypeError("the table has no soft deletion");
  const writer = new StatementWriter(table.dialect);
  const flag: Assignment = { column, value: isDeleted };
  const set = setClause(table, [flag, ...touched(table, [flag])], writer);
  const key = writer.bindFor(table.id, id);
  const other = isDeleted ? visible(table) : `not (${visible(table)})`;
  return writer.statement(
    `update ${table.name} set ${set} where ${table.id.name} = ${key} and ${other}`,
    true,
  );
}

export function deleteStatement(table: Table, id: unknown): Statement {
  const writer = new StatementWriter(table.dialect);
  return writer.statement(
    `delete from ${table.name} where ${table.id.name} = ${writer.bindFor(table.id, id)}`,
    true,
  );
}

/** `"name" = ?, "version" = "users"."version" + 1` */
function setClause(table: Table, assignments: readonly Assignment[], writer: StatementWriter): string {
  return setTerms(table, assignments, writer).join(", ");
}

/** Each assignment, and that the change is counted; the table is named, since an upsert has a second row of that kind at hand. */
export function setTerms(
  { name, version }: Table,
  assignments: readonly Assignment[],
  writer: StatementWriter,
): string[] {
  const set = assignments.map(({ column, value }) => `${column.name} = ${writer.bindFor(column, value)}`);
  return version === undefined ? set : [...set, `${version.name} = ${name}.${version.name} + 1`];
}

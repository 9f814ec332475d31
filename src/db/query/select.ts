import type { Statement } from "../connection/connection.ts";
import type { Table } from "../model/table.ts";
import { type Complain, shown } from "./complaint.ts";
import { type OrderTerm, renderOrder } from "./order.ts";
import { StatementWriter } from "./statement-writer.ts";
import { renderWhere } from "./where.ts";

/** SQLite takes 32,766 values, and what runs on PostgreSQL has to run there. Places of pages, limits and offsets come on top. */
const MAX_CONDITION_VALUES = 32_000;

/** Which rows are meant. */
export interface Selection {
  readonly where?: unknown;
  readonly includeDeleted?: boolean | undefined;
}

/** Which part of them is given, and in which order. */
export interface Slice {
  readonly terms: readonly OrderTerm[];
  readonly limit?: number | undefined;
  readonly offset?: number | undefined;
}

/** The row of a key. */
export function byIdStatement(table: Table, id: unknown, includeDeleted: boolean): Statement {
  const writer = new StatementWriter(table.dialect);
  const key = writer.bindFor(table.id, id);
  const text = table.text(
    includeDeleted ? "any by id" : "by id",
    () =>
      `select ${table.selection} from ${table.name} where ${table.id.name} = ${key}${includeDeleted ? "" : andVisible(table)}`,
  );
  return writer.statement(text, true);
}

/** @throws what `complain` makes of a condition, limit or offset that is wrong. */
export function selectStatement(
  table: Table,
  selection: Selection,
  slice: Slice,
  complain: Complain,
): Statement {
  const writer = new StatementWriter(table.dialect);
  const where = whereClause(table, selection, writer, complain);
  const range = rangeClause(table, slice, writer, complain);
  const text = `select ${table.selection} from ${table.name}${where}${renderOrder(table, slice.terms)}${range}`;
  return writer.statement(text, writer.isShort);
}

/** @throws what `complain` makes of a condition that is wrong. */
export function countStatement(table: Table, selection: Selection, complain: Complain): Statement {
  const writer = new StatementWriter(table.dialect);
  const where = whereClause(table, selection, writer, complain);
  return writer.statement(`select count(*) as "count" from ${table.name}${where}`, writer.isShort);
}

/** ` where …` for what is asked for and may be seen; nothing where that is every row. */
export function whereClause(
  table: Table,
  { where, includeDeleted }: Selection,
  writer: StatementWriter,
  complain: Complain,
): string {
  const conditions = [
    where === undefined ? undefined : renderWhere(table, where, writer, complain),
    includeDeleted === true ? undefined : visible(table),
  ].filter((condition) => condition !== undefined);
  if (writer.size > MAX_CONDITION_VALUES) {
    throw complain(`where has ${writer.size} values, and may have ${MAX_CONDITION_VALUES}`);
  }
  return conditions.length === 0 ? "" : ` where ${conditions.join(" and ")}`;
}

/** The condition that hides what is deleted softly. */
export function visible(table: Table): string | undefined {
  return table.isDeleted && `${table.isDeleted.name} = ${table.dialect === "sqlite" ? "0" : "false"}`;
}

export function andVisible(table: Table): string {
  const condition = visible(table);
  return condition === undefined ? "" : ` and ${condition}`;
}

function rangeClause(
  table: Table,
  { limit, offset }: Slice,
  writer: StatementWriter,
  complain: Complain,
): string {
  refuseNoCount("limit", limit, complain);
  refuseNoCount("offset", offset, complain);
  // SQLite takes an offset after a limit alone, and -1 for none.
  const limited = limit ?? (offset !== undefined && table.dialect === "sqlite" ? -1 : undefined);
  const first = limited === undefined ? "" : ` limit ${writer.bind(limited)}`;
  return offset === undefined ? first : `${first} offset ${writer.bind(offset)}`;
}

function refuseNoCount(name: string, value: unknown, complain: Complain): void {
  if (value === undefined || (Number.isSafeInteger(value) && (value as number) >= 0)) return;
  throw complain(`${name} must be an integer of 0 or more, not ${shown(value)}`);
}

import type { Column } from "../model/column.ts";
import { isPlainObject } from "../model/plain-object.ts";
import type { AnyModel, RowOf } from "../model/row.ts";
import type { Table } from "../model/table.ts";
import { type Complain, shown, unknownProperty } from "./complaint.ts";

export type Direction = "asc" | "desc";

// As in `Where`: the compiler names this one.
type RowOrder<Row> = { readonly [Name in keyof Row]?: Direction | undefined };

/** By which properties rows are ordered, the first counting most. */
export type OrderBy<M extends AnyModel> = RowOrder<RowOf<M>>;

/** One column of an order. */
export interface OrderTerm {
  readonly column: Column;
  readonly direction: Direction;
}

/** Newest first, as far as the model knows what is new. */
export function newestFirst({ createdAt, id }: Table): readonly OrderTerm[] {
  const byId: OrderTerm = { column: id, direction: "desc" };
  return createdAt === undefined ? [byId] : [{ column: createdAt, direction: "desc" }, byId];
}

/**
 * The order that was asked for, with the primary key at its end, so that no two rows are equal.
 *
 * @throws what `complain` makes of an unknown property or direction.
 */
export function orderTerms(table: Table, orderBy: unknown, complain: Complain): readonly OrderTerm[] {
  if (orderBy === undefined) return newestFirst(table);
  if (!isPlainObject(orderBy)) {
    throw complain(`orderBy is an object of properties and directions, not ${shown(orderBy)}`);
  }
  const given = Object.entries(orderBy).filter(([, direction]) => direction !== undefined);
  const terms = given.map(([property, direction]): OrderTerm => {
    const column = table.byProperty.get(property);
    if (column === undefined) throw complain(`orderBy: ${unknownProperty(table, property)}`);
    if (direction !== "asc" && direction !== "desc") {
      throw complain(`orderBy: ${property} must be "asc" or "desc", not ${shown(direction)}`);
    }
    if (!column.isComparable) throw complain(`orderBy: the values of ${property} have no order`);
    return { column, direction };
  });
  if (terms.length === 0) return newestFirst(table);
  if (terms.some(({ column }) => column === table.id)) return terms;
  return [...terms, { column: table.id, direction: terms.at(-1)?.direction ?? "asc" }];
}

/** Rows without a value are the last, or in descending order the first, as PostgreSQL has it. */
export function renderOrder(table: Table, terms: readonly OrderTerm[]): string {
  const rendered = terms.map(({ column, direction }) => {
    const nulls =
      column.nullable && table.dialect === "sqlite" ? ` nulls ${direction === "asc" ? "last" : "first"}` : "";
    // SQLite would take what is selected under that name, which may be a number as text.
    return `${table.name}.${column.name} ${direction}${nulls}`;
  });
  return ` order by ${rendered.join(", ")}`;
}

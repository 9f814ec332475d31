import type { RawRow, Statement } from "../connection/connection.ts";
import type { Column } from "../model/column.ts";
import type { Table } from "../model/table.ts";
import { type Complain, shown } from "./complaint.ts";
import { cursorOf, placeOf } from "./cursor.ts";
import { type OrderTerm, orderTerms, renderOrder } from "./order.ts";
import { type Selection, whereClause } from "./select.ts";
import { StatementWriter } from "./statement-writer.ts";

/** Some rows, and how to get at those after them. */
export interface Page<Row> {
  readonly items: Row[];
  readonly hasNextPage: boolean;
  /** The place of the last row: say it as `after`. Null where there are no rows. */
  readonly endCursor: string | null;
}

const DEFAULT_SIZE = 100;

/** Which page is asked for. */
interface WantedPage extends Selection {
  readonly first?: number | undefined;
  readonly after?: string | null | undefined;
  readonly orderBy?: unknown;
}

/** One page, as it is asked for. */
export interface PageRequest {
  readonly first: number;
  readonly terms: readonly OrderTerm[];
  readonly statement: Statement;
}

/**
 * Asks for one row more than a page has, to know whether there is another page. A page begins after a row and not at a
 * number, so that rows which come meanwhile move nothing.
 *
 * @throws {ValidationError} if `after` is no cursor of this order: it comes from the outside.
 * @throws what `complain` makes of anything else that is wrong.
 */
export function pageRequest(table: Table, wanted: WantedPage, complain: Complain): PageRequest {
  const { first = DEFAULT_SIZE, after, orderBy } = wanted;
  if (!Number.isSafeInteger(first) || first < 1) {
    throw complain(`first must be a positive integer, not ${shown(first)}`);
  }
  const terms = orderTerms(table, orderBy, complain);
  const writer = new StatementWriter(table.dialect);
  // Values are bound in the order in which the text names them.
  const fits = whereClause(table, wanted, writer, complain);
  const place = after === undefined || after === null ? undefined : placeOf(terms, after);
  const isBeyond =
    place === undefined ? "" : `${fits === "" ? " where " : " and "}${afterPlace(terms, place, writer)}`;
  const text =
    `select ${table.selection} from ${table.name}${fits}${isBeyond}` +
    `${renderOrder(table, terms)} limit ${writer.bind(first + 1)}`;
  return { first, terms, statement: writer.statement(text, writer.isShort) };
}

/** The page that the rows are, as the driver gave them. */
export function pageOf<Row>(table: Table, { first, terms }: PageRequest, raws: readonly RawRow[]): Page<Row> {
  const shownRows = raws.slice(0, first);
  const last = shownRows.at(-1);
  return {
    items: shownRows.map((raw) => table.rowOf(raw) as Row),
    hasNextPage: raws.length > first,
    endCursor: last === undefined ? null : cursorOf(terms, last),
  };
}

/** `(a, b) > (?, ?)`, or what that means where directions differ or values may be missing. */
function afterPlace(terms: readonly OrderTerm[], place: readonly unknown[], writer: StatementWriter): string {
  const [{ direction } = { direction: "asc" }] = terms;
  if (terms.every((term) => term.direction === direction && !term.column.nullable)) {
    const names = terms.map(({ column }) => column.name).join(", ");
    const values = terms.map(({ column }, index) => writer.bind(place[index], column.secret)).join(", ");
    return `(${names}) ${direction === "asc" ? ">" : "<"} (${values})`;
  }
  const alternatives = terms.map((term, index) => {
    const same = terms.slice(0, index).map(({ column }, before) => equal(column, place[before], writer));
    return [...same, beyond(term, place[index], writer)].join(" and ");
  });
  return `(${alternatives.map((text) => `(${text})`).join(" or ")})`;
}

function equal({ name, secret }: Column, value: unknown, writer: StatementWriter): string {
  return value === null ? `${name} is null` : `${name} = ${writer.bind(value, secret)}`;
}

/** Nothing is the last, or in descending order the first, as in `renderOrder`. */
function beyond({ column, direction }: OrderTerm, value: unknown, writer: StatementWriter): string {
  if (direction === "asc") {
    if (value === null) return "1 = 0";
    const greater = `${column.name} > ${writer.bind(value, column.secret)}`;
    return column.nullable ? `(${greater} or ${column.name} is null)` : greater;
  }
  return value === null
    ? `${column.name} is not null`
    : `${column.name} < ${writer.bind(value, column.secret)}`;
}

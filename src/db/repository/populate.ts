import type { RawRow, Statement } from "../connection/connection.ts";
import type { Relation } from "../model/relation.ts";
import type { PlainRow, Table } from "../model/table.ts";
import { type Complain, shown } from "../query/complaint.ts";
import { newestFirst } from "../query/order.ts";
import { selectStatement } from "../query/select.ts";

const KEYS_AT_ONCE = 1_000;

/** Runs a statement on a table, and gives its rows as the driver does. */
type Run = (table: Table, statement: Statement) => Promise<readonly RawRow[]>;

/**
 * Puts the rows that relations lead to into `rows`, in the place of their keys: those of one relation by one statement
 * for every 1,000 rows.
 *
 * @throws what `complain` makes of a relation that is none.
 */
export async function populate(
  table: Table,
  rows: readonly PlainRow[],
  names: readonly string[],
  run: Run,
  complain: Complain,
): Promise<void> {
  for (const relation of relationsNamed(table, names, complain)) {
    const others = await relatedRows(rows, relation, run, complain);
    const byKey = Map.groupBy(others, (other) => String(other[relation.targetKey]));
    for (const row of rows) {
      const related = byKey.get(String(row[relation.key])) ?? [];
      row[relation.property] = relation.toMany ? related : (related[0] ?? null);
    }
  }
}

async function relatedRows(
  rows: readonly PlainRow[],
  { key, target, targetKey, includeDeleted }: Relation,
  run: Run,
  complain: Complain,
): Promise<PlainRow[]> {
  const table = target();
  const keys = [...new Set(rows.map((row) => row[key]))].filter((value) => value !== null);
  const found: PlainRow[] = [];
  for (let first = 0; first < keys.length; first += KEYS_AT_ONCE) {
    const selection = { where: { [targetKey]: keys.slice(first, first + KEYS_AT_ONCE) }, includeDeleted };
    const statement = selectStatement(table, selection, { terms: newestFirst(table) }, complain);
    for (const raw of await run(table, statement)) found.push(table.rowOf(raw));
  }
  return found;
}

function relationsNamed(table: Table, names: readonly string[], complain: Complain): Relation[] {
  if (!Array.isArray(names)) throw complain(`populate is a list of relations, not ${shown(names)}`);
  return [...new Set(names)].map((name) => {
    const relation = table.relations.get(name);
    if (relation !== undefined) return relation;
    const known = [...table.relations.keys()].join(", ") || "none";
    throw complain(`populate: there is no relation ${shown(name)}; there are ${known}`);
  });
}

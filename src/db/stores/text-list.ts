import type { DialectName } from "../dialect.ts";
import { type Sql, sql } from "../query/sql.ts";

/** Texts as the rows of a subquery, bound as one value: a statement has the same text however many there are. */
export function textList(dialect: DialectName, texts: Iterable<string>): Sql {
  const json = JSON.stringify([...texts]);
  return dialect === "sqlite"
    ? sql`select value from json_each(${json})`
    : sql`select jsonb_array_elements_text(${json}::jsonb)`;
}

/** Strings as PostgreSQL and SQLite write them; a backslash counts only after PostgreSQL's E. */
const STRING = /\b[eE]'(?:[^'\\]|''|\\[\s\S])*'|'(?:[^']|'')*'/g;

/** `sql` with `?` in the place of every string: an ORM writes values into its statements. */
export function redactedSql(sql: string): string {
  return sql.replace(STRING, "?");
}

/**
 * Names, which are kept, then strings, then numbers. Strings are as PostgreSQL and SQLite write them: a backslash
 * counts only after PostgreSQL's E.
 */
const PARTS =
  /"(?:[^"]|"")*"|`(?:[^`]|``)*`|\$\d+|\b[eE]'(?:[^'\\]|''|\\[\s\S])*'|'(?:[^']|'')*'|\b\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\b/g;

/**
 * `sql` with `?` in the place of every string, and of every number where `numbers` says so: an ORM writes values into
 * its statements.
 */
export function redactedSql(sql: string, numbers: boolean): string {
  return sql.replace(PARTS, (part) => {
    if (/^["`$]/.test(part)) return part;
    return numbers || part.endsWith("'") ? "?" : part;
  });
}

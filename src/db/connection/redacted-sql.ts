import { behind } from "./behind.ts";

/**
 * What begins here is not what it looks like outside: a comment, a string, a name, a placeholder, a number. A backslash
 * counts only after PostgreSQL's E, and its strings may stand between `$tag$`.
 */
const OPENING = /--|\/\*|\b[eE]'|['"`]|\$\d+|(?<![\w$])\$(?:[a-z_\x80-\uffff][\w\x80-\uffff]*)?\$|\b\d/gi;

/**
 * `sql` without its comments, with `?` in the place of every string, and of every number where `numbers` says so: an ORM
 * writes values into its statements.
 */
export function redactedSql(sql: string, numbers: boolean): string {
  const openings = new RegExp(OPENING);
  let text = "";
  let end = 0;
  for (let match = openings.exec(sql); match !== null; match = openings.exec(sql)) {
    text += sql.slice(end, match.index);
    end = endOf(match[0], sql, openings.lastIndex);
    text += shown(match[0], sql.slice(match.index, end), numbers);
    openings.lastIndex = end;
  }
  return text + sql.slice(end);
}

function shown(opening: string, part: string, numbers: boolean): string {
  if (/^(?:["`]|\$\d)/.test(opening)) return part;
  if (/^(?:--|\/\*)/.test(opening)) return " ";
  return numbers || !/\d/.test(opening) ? "?" : part;
}

/** Where a part ends of which `from` is behind the opening. By hand: a pattern runs out of stack on long strings. */
function endOf(opening: string, sql: string, from: number): number {
  if (opening === "--") return behind("\n", sql, from);
  if (opening === "/*") return endOfComment(sql, from);
  if (/^e'/i.test(opening)) return endOfQuoted("'", sql, from, true);
  if (/^['"`]/.test(opening)) return endOfQuoted(opening, sql, from, false);
  if (/^\$\d/.test(opening)) return from;
  if (opening.startsWith("$")) return behind(opening, sql, from);
  let end = from;
  while (/[\w.]/.test(sql.charAt(end))) end++;
  return end;
}

/** A quote that is doubled belongs to what is quoted. */
function endOfQuoted(quote: string, sql: string, from: number, backslashes: boolean): number {
  for (let at = from; at < sql.length; at++) {
    const char = sql[at];
    if (char === "\\" && backslashes) at++;
    else if (char === quote && sql[at + 1] === quote) at++;
    else if (char === quote) return at + 1;
  }
  return sql.length;
}

/** PostgreSQL's comments may have others in them. */
function endOfComment(sql: string, from: number): number {
  const marks = /\/\*|\*\//g;
  marks.lastIndex = from;
  let depth = 1;
  for (let mark = marks.exec(sql); mark !== null; mark = marks.exec(sql)) {
    depth += mark[0] === "/*" ? 1 : -1;
    if (depth === 0) return marks.lastIndex;
  }
  return sql.length;
}

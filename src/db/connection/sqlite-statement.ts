import { behind } from "./behind.ts";

const CHANGING = /(?:insert|update|delete|replace|with)\b/iy;
/** A pragma is one that tells of a table or of the rows, and sets nothing. */
const READING = /(?:select|values|explain|with|pragma\s+(?:\w+\.)?\w+_(?:x?info|list|check))\b/iy;

/** Whether there is no statement in it. */
export function isBlank(sql: string): boolean {
  return beginning(sql) === sql.length;
}

/** Whether a statement that gives no rows changes some. */
export function changesRows(sql: string): boolean {
  return beginsWith(CHANGING, sql);
}

/** Whether a statement begins as those that only read do. `with` may go on to write. */
export function seemsToRead(sql: string): boolean {
  return beginsWith(READING, sql);
}

function beginsWith(words: RegExp, sql: string): boolean {
  words.lastIndex = beginning(sql);
  return words.test(sql);
}

/** Where the first statement begins: behind blanks, semicolons and comments. By hand: they may be longer than a stack. */
function beginning(sql: string): number {
  let at = 0;
  for (;;) {
    if (sql.startsWith("--", at)) at = behind("\n", sql, at);
    else if (sql.startsWith("/*", at)) at = behind("*/", sql, at + 2);
    else if (/[\s;]/.test(sql.charAt(at))) at++;
    else return at;
  }
}

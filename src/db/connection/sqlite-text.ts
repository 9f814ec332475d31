/** Blanks, semicolons and comments. */
const NOTHING = String.raw`(?:\s|;|--[^\n]*|\/\*(?:[^*]|\*(?!\/))*\*\/)*`;
const ONLY_NOTHING = new RegExp(`^${NOTHING}$`);
const CHANGING = new RegExp(`^${NOTHING}(?:insert|update|delete|replace|with)\\b`, "i");
/** A pragma is one that tells of a table or of the rows, and sets nothing. */
const READING = new RegExp(
  `^${NOTHING}(?:select|values|explain|with|pragma\\s+(?:\\w+\\.)?\\w+_(?:x?info|list|check))\\b`,
  "i",
);

/** Whether there is no statement in it. */
export function isBlank(sql: string): boolean {
  return ONLY_NOTHING.test(sql);
}

/** Whether a statement that gives no rows changes some. */
export function changesRows(sql: string): boolean {
  return CHANGING.test(sql);
}

/** Whether a statement begins as those that only read do. `with` may go on to write. */
export function seemsToRead(sql: string): boolean {
  return READING.test(sql);
}

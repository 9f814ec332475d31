import type { EntityProperty } from "@mikro-orm/core";

/** So long is text of which the model does not say how long: PostgreSQL's columns are. */
const DEFAULT_LENGTHS: Readonly<Record<string, number>> = { string: 255, character: 1 };

/** Whether a column holds text, and not something else that is written as text. */
export function isText({ customType, columnTypes }: EntityProperty): boolean {
  return customType === undefined && /^(?:text|(?:var)?char)/.test(columnTypes[0] ?? "");
}

/** What is expected where text is not what both databases keep as it is. */
export function textProblem(value: unknown): string | undefined {
  if (typeof value !== "string") return "a string";
  if (value.includes("\0")) return "a string without NUL characters";
  return value.isWellFormed() ? undefined : "a string without lone surrogates";
}

/** PostgreSQL counts characters, not UTF-16 units. */
export function textCheck(property: EntityProperty): (value: unknown) => string | undefined {
  const { type } = property;
  const maxLength = lengthOf(property);
  return (value) => {
    const problem = textProblem(value);
    if (problem !== undefined || maxLength === undefined) return problem;
    const text = value as string;
    // PostgreSQL would fill it up with blanks.
    if (type === "character") {
      return [...text].length === maxLength ? undefined : `a string of ${maxLength} characters`;
    }
    return text.length <= maxLength || [...text].length <= maxLength
      ? undefined
      : `a string of up to ${maxLength} characters`;
  };
}

function lengthOf({ type, length, columnTypes }: EntityProperty): number | undefined {
  const [, written] = /\((\d+)\)/.exec(columnTypes[0] ?? "") ?? [];
  return length ?? (written === undefined ? DEFAULT_LENGTHS[type] : Number(written));
}

/** The index behind the next `closing` from `from` on. What is never closed goes on to the end. */
export function behind(closing: string, sql: string, from: number): number {
  const index = sql.indexOf(closing, from);
  return index < 0 ? sql.length : index + closing.length;
}

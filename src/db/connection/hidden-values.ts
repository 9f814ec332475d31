/** What of an error of PostgreSQL's may tell a value, or a whole row. */
interface Refusal {
  message: string;
  stack?: string;
  readonly code?: string;
  detail?: string;
  where?: string;
}

/** @see PostgreSQL, appendix A: the class of values that are not what they should be */
const DATA_EXCEPTION = /^22/;

/** Unique and foreign keys: `Key (a, b)=(1, 2) …`, in the server's language. */
const KEY_VIOLATION = /^2350[35]$/;

/** Takes the values out of what PostgreSQL says of a refusal: errors end in logs, and MikroORM's messages repeat it all. */
export function hideValues(error: unknown): void {
  if (!(error instanceof Error)) return;
  const refusal: Refusal = error;
  const { code = "", message, detail = "" } = refusal;
  const [, columns] = (KEY_VIOLATION.test(code) && /^[^(]*\((.+?)\)=/.exec(detail)) || [];
  if (columns === undefined) delete refusal.detail;
  else refusal.detail = `Key (${columns})=(?)`;
  delete refusal.where;
  if (!DATA_EXCEPTION.test(code)) return;
  // Quotation marks are in the server's language, too.
  refusal.message = message.replace(/["„“”«»].*["„“”«»]/s, '"?"');
  if (refusal.stack !== undefined) refusal.stack = refusal.stack.replace(message, () => refusal.message);
}

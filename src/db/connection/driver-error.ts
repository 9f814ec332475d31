import { messageOf } from "../../core/errors.ts";
import { isBusy, resultCode } from "./sqlite-error.ts";

/** What `pg` says of a refusal, and what `node:sqlite` says. */
interface DriverError {
  readonly message: string;
  /** A SQLSTATE of PostgreSQL, or a code of Node's. */
  readonly code?: string;
  readonly severity?: string;
  readonly detail?: string;
  readonly table?: string;
  /** SQLite's extended result code. */
  readonly errcode?: number;
}

/**
 * PostgreSQL's refusals that are about the connection. Severities come in the server's language.
 *
 * @see PostgreSQL, appendix A: classes 08, 28, 533 (too many) and 57P (shutdown, idle for too long), 25P03 (idle in a
 *   transaction for too long) and 3D000 (no such database)
 */
const CONNECTION_STATES = /^(?:08|28|533|57P0[1235]|25P03|3D000)/;

const UNDEFINED_TABLE = "42P01";
const SERIALIZATION_FAILURE = "40001";
const DEADLOCK_DETECTED = "40P01";
const UNIQUE_VIOLATION = "23505";
const FOREIGN_KEY_VIOLATION = "23503";
/** Of `on delete restrict`, from PostgreSQL 18 on. */
const RESTRICT_VIOLATION = "23001";
const NOT_NULL_VIOLATION = "23502";
const CHECK_VIOLATION = "23514";
/** Of `on conflict`: no unique index has these columns. */
const INVALID_COLUMN_REFERENCE = "42P10";
const DISK_FULL = "53100";
const INSUFFICIENT_PRIVILEGE = "42501";
const QUERY_CANCELED = "57014";

/** What is said of a connection by pg and node:sqlite themselves, which have no codes for it. */
const CONNECTION_MESSAGES =
  /connection|timeout|timed out|not queryable|invalid response|calling end on the pool|database is not open/i;

/** @see https://sqlite.org/rescode.html */
const SQLITE = {
  full: 13,
  cannotOpen: 14,
  foreignKey: 787,
  /** Also of `on delete restrict`, which is a trigger to SQLite. */
  trigger: 1811,
  notNull: 1299,
  check: 275,
  unique: 2067,
  primaryKey: 1555,
  notADatabase: 26,
};

/** An error and what it came of, each once: an error may be in a circle of causes. */
export function causes(error: unknown): ReadonlySet<unknown> {
  const found = new Set<unknown>();
  for (let cause = error; cause instanceof Error && !found.has(cause); cause = cause.cause) found.add(cause);
  return found;
}

/** Whether a transaction failed only because of others that ran at the same time: it may succeed the next time. */
export function isConflict(error: unknown): boolean {
  // A SQLite that is locked has been waited for already, and SQLite knows no other conflict.
  for (const cause of causes(error)) {
    const { code } = cause as DriverError;
    if (code === SERIALIZATION_FAILURE || code === DEADLOCK_DETECTED) return true;
  }
  return false;
}

/** Whether who asked may not do that. */
export function isForbidden(error: unknown): boolean {
  return [...causes(error)].some((cause) => (cause as DriverError).code === INSUFFICIENT_PRIVILEGE);
}

/** Whether the connection is what failed, and not only a statement: a SQLite that stays locked is none to be had. */
export function isConnectionFailure(error: unknown): boolean {
  const { code, severity } = error as DriverError;
  const sqliteCode = resultCode(error);
  if (sqliteCode !== undefined) {
    return isBusy(error) || [SQLITE.cannotOpen, SQLITE.notADatabase].includes(sqliteCode);
  }
  if (severity !== undefined) return CONNECTION_STATES.test(code ?? "");
  // Sockets have codes of Node's, and what pg finds by itself has none at all.
  return (
    error instanceof AggregateError ||
    /^E[A-Z]+$/.test(code ?? "") ||
    CONNECTION_MESSAGES.test(messageOf(error))
  );
}

/** What is wrong with the connection, whatever was thrown. */
export function connectionProblem(error: unknown): string {
  // Node tries every address of a name, and says what became of each in `errors` alone.
  const [first] = error instanceof AggregateError ? error.errors : [error];
  return isBusy(first) ? "the database is locked by another process" : messageOf(first);
}

/**
 * The columns whose values are taken already, none of an index over expressions, for which each database has another word;
 * undefined where that is not what failed.
 */
export function duplicateColumns(error: unknown): readonly string[] | undefined {
  const { code, detail, errcode, message } = error as DriverError;
  if (code === UNIQUE_VIOLATION) {
    const [, columns = ""] = /^[^(]*\((.+?)\)=/.exec(detail ?? "") ?? [];
    return columns === "" || columns.includes("(")
      ? []
      : columns.split(", ").map((column) => column.replaceAll('"', ""));
  }
  if (errcode === SQLITE.unique || errcode === SQLITE.primaryKey) {
    const [, columns = ""] = /failed: (.+)$/.exec(message) ?? [];
    return columns.startsWith("index ")
      ? []
      : columns.split(", ").map((column) => column.slice(column.indexOf(".") + 1));
  }
  return undefined;
}

/** The table whose constraint refused; undefined where the database does not tell. */
export function tableNamed(error: unknown): string | undefined {
  const { table, message } = error as DriverError;
  return table ?? /failed: ([^'".]+)\./.exec(message)?.[1];
}

/** Whether a row would refer to one that is not there. */
export function isForeignKeyViolation(error: unknown): boolean {
  const { code, errcode, message } = error as DriverError;
  if (errcode === SQLITE.trigger) return message.startsWith("FOREIGN KEY");
  return code === FOREIGN_KEY_VIOLATION || code === RESTRICT_VIOLATION || errcode === SQLITE.foreignKey;
}

/** What a statement was refused for, in words that are the same for both databases. */
export function refusalProblem(error: unknown): string {
  const { code, errcode, message } = error as DriverError;
  if (isForeignKeyViolation(error)) {
    return "a row that it refers to is not there, or is referred to by others";
  }
  if (code === NOT_NULL_VIOLATION || errcode === SQLITE.notNull) return `a value is missing: ${message}`;
  if (code === INVALID_COLUMN_REFERENCE || message.startsWith("ON CONFLICT clause")) {
    return "no unique index or primary key has these properties, and no others";
  }
  if (code === CHECK_VIOLATION || errcode === SQLITE.check) return `a value is not allowed: ${message}`;
  if (code === DISK_FULL || errcode === SQLITE.full) return `the disk is full: ${message}`;
  if (code === QUERY_CANCELED) return `it took too long, or somebody canceled it: ${message}`;
  if (code === UNDEFINED_TABLE || message.startsWith("no such table")) {
    return `${message}: tables are made by migrations, or by db.recreateSchema() in tests`;
  }
  return messageOf(error);
}

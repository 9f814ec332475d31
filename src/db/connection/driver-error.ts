import { messageOf } from "../../core/errors.ts";
import { isBusy } from "./sqlite-handle.ts";

/** What `pg` says of a refusal, and what `node:sqlite` says. */
interface DriverError {
  readonly message: string;
  /** A SQLSTATE of PostgreSQL, or a code of Node's. */
  readonly code?: string;
  readonly severity?: string;
  readonly detail?: string;
  /** SQLite's extended result code. */
  readonly errcode?: number;
}

/**
 * PostgreSQL's refusals that are about the connection.
 *
 * @see PostgreSQL, appendix A: classes 08, 28, 53 (resources) and 57P (shutdown), and 3D000 (no such database)
 */
const CONNECTION_STATES = /^(?:08|28|533|57P0[123]|3D000)/;

const SERIALIZATION_FAILURE = "40001";
const DEADLOCK_DETECTED = "40P01";
const UNIQUE_VIOLATION = "23505";
const FOREIGN_KEY_VIOLATION = "23503";
const NOT_NULL_VIOLATION = "23502";
const CHECK_VIOLATION = "23514";

/** @see https://sqlite.org/rescode.html */
const SQLITE = {
  full: 13,
  cannotOpen: 14,
  foreignKey: 787,
  notNull: 1299,
  check: 275,
  unique: 2067,
  primaryKey: 1555,
  notADatabase: 26,
} as const;

/** Whether a transaction failed only because of others that ran at the same time: it may succeed the next time. */
export function isConflict(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as DriverError;
    if (code === SERIALIZATION_FAILURE || code === DEADLOCK_DETECTED || isBusy(cause)) return true;
  }
  return false;
}

/** Whether the connection is what failed, and not only a statement. */
export function isConnectionFailure(error: unknown): boolean {
  const { code, severity, errcode } = error as DriverError;
  if (errcode !== undefined) return errcode === SQLITE.cannotOpen || errcode === SQLITE.notADatabase;
  if (severity !== undefined) return CONNECTION_STATES.test(code ?? "");
  // Sockets have codes of Node's, and what pg finds by itself has none at all.
  return (
    error instanceof AggregateError ||
    /^E[A-Z]+$/.test(code ?? "") ||
    /connection|timeout/i.test(messageOf(error))
  );
}

/** What is wrong with the connection, whatever was thrown. */
export function connectionProblem(error: unknown): string {
  // Node tries every address of a name, and says what became of each in `errors` alone.
  const [first] = error instanceof AggregateError ? error.errors : [error];
  return messageOf(first);
}

/** The columns whose values are taken already; undefined where that is not what failed. */
export function duplicateColumns(error: unknown): readonly string[] | undefined {
  const { code, detail, errcode, message } = error as DriverError;
  if (code === UNIQUE_VIOLATION) {
    const [, columns = ""] = /^[^(]*\((.+?)\)=/.exec(detail ?? "") ?? [];
    return columns === "" ? [] : columns.split(", ").map((column) => column.replaceAll('"', ""));
  }
  if (errcode === SQLITE.unique || errcode === SQLITE.primaryKey) {
    const [, columns = ""] = /failed: (.+)$/.exec(message) ?? [];
    return columns.split(", ").map((column) => column.slice(column.indexOf(".") + 1));
  }
  return undefined;
}

/** What a statement was refused for, in words that are the same for both databases. */
export function refusalProblem(error: unknown): string {
  const { code, errcode, message } = error as DriverError;
  if (code === FOREIGN_KEY_VIOLATION || errcode === SQLITE.foreignKey) {
    return "a row that it refers to is not there, or is referred to by others";
  }
  if (code === NOT_NULL_VIOLATION || errcode === SQLITE.notNull) return `a value is missing: ${message}`;
  if (code === CHECK_VIOLATION || errcode === SQLITE.check) return `a value is not allowed: ${message}`;
  if (errcode === SQLITE.full) return `the disk is full: ${message}`;
  if (isBusy(error)) return "the database is locked by another process";
  return messageOf(error);
}

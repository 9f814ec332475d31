import { ConnectionError, DatabaseError, DuplicateError } from "../errors.ts";
import {
  connectionProblem,
  duplicateColumns,
  duplicateTable,
  isConnectionFailure,
  refusalProblem,
} from "./driver-error.ts";

/** What a driver threw at what is no operation of a repository, as our error; our own errors stay what they are. */
export function databaseError(error: unknown, operation = "statement"): DatabaseError {
  if (error instanceof DatabaseError) return error;
  const columns = duplicateColumns(error);
  if (columns !== undefined) {
    // An index over expressions has no columns, and each database another word for it.
    const table = duplicateTable(error);
    const fields = table === undefined || columns.some((column) => column.includes("(")) ? [] : columns;
    return new DuplicateError(table ?? "(unknown)", operation, fields, { cause: error });
  }
  return connectionError(error) ?? new DatabaseError(refusalProblem(error), { cause: error });
}

/** What a driver threw where there is no connection; undefined for whatever else. */
export function connectionError(error: unknown): ConnectionError | undefined {
  if (!isConnectionFailure(error)) return undefined;
  return new ConnectionError(`there is no connection to the database: ${connectionProblem(error)}`, {
    cause: error,
  });
}

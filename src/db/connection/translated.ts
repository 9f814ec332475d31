import { ConnectionError, DatabaseError, DuplicateError, RepositoryError } from "../errors.ts";
import type { Table } from "../model/table.ts";
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

/** What a driver threw at an operation of a repository. */
export function repositoryError(error: unknown, table: Table, operation: string): DatabaseError {
  if (error instanceof DatabaseError) return error;
  const columns = duplicateColumns(error);
  if (columns !== undefined) {
    // An index over expressions has no columns, and each database another word for it.
    const known = columns.map((column) => table.propertyOfColumn.get(column));
    const fields = known.every((property) => property !== undefined) ? known : [];
    return new DuplicateError(table.model, operation, fields, { cause: error });
  }
  return (
    connectionError(error) ??
    new RepositoryError(table.model, operation, refusalProblem(error), { cause: error })
  );
}

function connectionError(error: unknown): ConnectionError | undefined {
  if (!isConnectionFailure(error)) return undefined;
  return new ConnectionError(`there is no connection to the database: ${connectionProblem(error)}`, {
    cause: error,
  });
}

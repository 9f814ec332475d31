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
  hideRow(error);
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
  hideRow(error);
  const columns = duplicateColumns(error);
  if (columns !== undefined) {
    const fields = columns.map((column) => table.propertyOfColumn.get(column) ?? column);
    return new DuplicateError(table.model, operation, fields, { cause: error });
  }
  return (
    connectionError(error) ??
    new RepositoryError(table.model, operation, refusalProblem(error), { cause: error })
  );
}

/** PostgreSQL tells the whole row, secrets included, where loggers would find it. Who asks for the detail has it. */
function hideRow(error: unknown): void {
  const { detail } = error as { readonly detail?: unknown };
  if (detail !== undefined) Object.defineProperty(error, "detail", { enumerable: false });
}

function connectionError(error: unknown): ConnectionError | undefined {
  if (!isConnectionFailure(error)) return undefined;
  return new ConnectionError(`there is no connection to the database: ${connectionProblem(error)}`, {
    cause: error,
  });
}

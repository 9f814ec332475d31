import { duplicateColumns, isForeignKeyViolation, refusalProblem } from "../connection/driver-error.ts";
import { connectionError } from "../connection/translated.ts";
import { DatabaseError, DuplicateError, ForeignKeyError, RepositoryError } from "../errors.ts";
import type { Table } from "../model/table.ts";

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
  const Refusal = isForeignKeyViolation(error) ? ForeignKeyError : RepositoryError;
  return (
    connectionError(error) ?? new Refusal(table.model, operation, refusalProblem(error), { cause: error })
  );
}

import {
  ConnectionError,
  DatabaseError,
  DuplicateError,
  ForeignKeyError,
  RepositoryError,
} from "../errors.ts";
import {
  connectionProblem,
  duplicateColumns,
  isConnectionFailure,
  isForeignKeyViolation,
  refusalProblem,
  tableNamed,
} from "./driver-error.ts";

/** What failed. */
interface Attempt {
  /** The method of a repository, or `statement` or `transaction` where there was none. */
  readonly operation: string;
  /** The table of the repository. */
  readonly table?: {
    readonly model: string;
    readonly propertyOfColumn: ReadonlyMap<string, string>;
  };
}

/** What a driver threw, as our error; our own errors stay what they are. */
export function translatedError(error: unknown, { operation, table }: Attempt): DatabaseError {
  if (error instanceof DatabaseError) return error;
  const cause = { cause: error };
  const model = table?.model ?? tableNamed(error) ?? "(unknown)";
  const columns = duplicateColumns(error);
  if (columns !== undefined) {
    const fields = columns.map((column) =>
      table === undefined ? column : table.propertyOfColumn.get(column),
    );
    const isKnown = fields.every((field) => field !== undefined);
    return new DuplicateError(model, operation, isKnown ? fields : [], cause);
  }
  const problem = refusalProblem(error);
  if (isForeignKeyViolation(error)) return new ForeignKeyError(model, operation, problem, cause);
  if (isConnectionFailure(error)) {
    return new ConnectionError(`there is no connection to the database: ${connectionProblem(error)}`, cause);
  }
  return table === undefined
    ? new DatabaseError(problem, cause)
    : new RepositoryError(model, operation, problem, cause);
}

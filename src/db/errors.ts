import { TSModulesError } from "../core/errors.ts";
import type { Outage } from "../core/outage.ts";

/** The root of what the database layer throws. Its `cause` is what the driver said. */
export class DatabaseError extends TSModulesError {
  override readonly name: string = "DatabaseError";
  readonly code: string = "DATABASE";
}

/** There is no connection: the server is down, refuses, broke off, or every connection of the pool is taken. */
export class ConnectionError extends DatabaseError implements Outage {
  override readonly name = "ConnectionError";
  override readonly code = "CONNECTION";

  /** Over HTTP it is a 503. */
  get isOutage(): true {
    return true;
  }
}

/** A transaction was used in a way that it cannot be committed, or after its end. */
export class TransactionError extends DatabaseError {
  override readonly name = "TransactionError";
  override readonly code = "TRANSACTION";
}

/** An operation of a repository failed, or was given something that does not fit its model. */
export class RepositoryError extends DatabaseError {
  override readonly name: string = "RepositoryError";
  override readonly code: string = "REPOSITORY";
  /** The table of the model; `(unknown)` where no repository was at it, and the database does not tell. */
  readonly model: string;
  /** The method of the repository; `statement` or `transaction` for a duplicate or a reference that none of them met. */
  readonly operation: string;

  constructor(model: string, operation: string, problem: string, options?: ErrorOptions) {
    super(`${model}.${operation}: ${problem}`, options);
    this.model = model;
    this.operation = operation;
  }
}

/** A migration failed, cannot be undone, is not there, or is one for another database. */
export class MigrationError extends DatabaseError {
  override readonly name = "MigrationError";
  override readonly code = "MIGRATION";
  /** The name of the migration. */
  readonly migration: string;

  constructor(migration: string, problem: string, options?: ErrorOptions) {
    super(`migration "${migration}" ${problem}`, options);
    this.migration = migration;
  }
}

/** A row with the same value of a unique column, or of several together, is there already. */
export class DuplicateError extends RepositoryError {
  override readonly name = "DuplicateError";
  override readonly code = "DUPLICATE";
  /** The properties that have to be unique, or columns where a statement of one's own met them; empty where the database does not tell. */
  readonly fields: readonly string[];

  constructor(model: string, operation: string, fields: readonly string[], options?: ErrorOptions) {
    const which = fields.length === 0 ? "these unique values" : `this ${fields.join(" and ")}`;
    super(model, operation, `there is a row with ${which} already`, options);
    this.fields = fields;
  }
}

/** A row refers to one that is not there, or one that is to be deleted is referred to by others. */
export class ForeignKeyError extends RepositoryError {
  override readonly name = "ForeignKeyError";
  override readonly code = "FOREIGN_KEY";
}

/** A row was changed by somebody else since it was read: read it again, then decide. */
export class ConcurrencyError extends RepositoryError {
  override readonly name = "ConcurrencyError";
  override readonly code = "CONCURRENCY";
  readonly id: unknown;
  /** The version that was to be changed. */
  readonly expectedVersion: number;
  /** The version that is there. */
  readonly actualVersion: number;

  constructor(
    model: string,
    operation: string,
    versions: {
      readonly id: unknown;
      /** The row as the message names it: a key may be hidden. */
      readonly row: string;
      readonly expected: number;
      readonly actual: number;
    },
  ) {
    super(
      model,
      operation,
      `${versions.row} has version ${versions.actual}, not ${versions.expected}: somebody changed it meanwhile`,
    );
    this.id = versions.id;
    this.expectedVersion = versions.expected;
    this.actualVersion = versions.actual;
  }
}

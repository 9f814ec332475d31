/** One statement in the words of its database, its values apart from it. */
export interface Statement {
  readonly sql: string;
  readonly parameters: readonly unknown[];
  /** Prepared once and kept: for statements that come again and again with other values. */
  readonly prepared?: boolean;
  /** Which parameters, by index, no log may show. @default all of them, since nobody knows */
  readonly secrets?: ReadonlySet<number>;
  /** Whether an ORM wrote values into its text, so that no log may show a number of it. Strings are never shown. */
  readonly hasValuesInText?: boolean;
  /** After so many ms the connection is given up as dead. @default that of the connections */
  readonly timeoutMs?: number;
}

/** What a statement gave. */
export interface Result {
  readonly rows: readonly RawRow[];
  /** How many rows were inserted, changed or deleted. */
  readonly changes: number;
}

/** A row with the driver's values, under the names that the statement gives. */
export type RawRow = Record<string, unknown>;

/** Runs statements: a connection, a pool of them, a transaction. Throws what the driver throws. */
export interface Executor {
  execute(statement: Statement): Promise<Result>;
}

/** A connection that nobody else uses meanwhile. */
export interface ReservedConnection extends Executor {
  /** Gives it back. One that is `broken`, or whose state nobody knows, is thrown away, or made what it was at first. */
  release(broken?: boolean): void;
}

/** How strictly a transaction is kept from what others do at the same time. */
export type Isolation = "read committed" | "repeatable read" | "serializable";

/** The connections to one database. Statements that belong to no transaction run on whichever is free. */
export interface Connections extends Executor {
  /** Opens one, so that a wrong address is found at once. */
  open(): Promise<void>;
  /** Closes them after the transactions that run; those that take longer than a connection is waited for are cut off. */
  close(): Promise<void>;
  /** A connection for a transaction; waits for one no longer than the time limit. */
  reserve(): Promise<ReservedConnection>;
  /** The statement that begins a transaction. */
  beginStatement(isolation: Isolation | undefined): string;
}

import {
  boolean,
  type Check,
  type Checks,
  checkOptions,
  having,
  positiveInteger,
  positiveMs,
  text,
} from "../../core/check-options.ts";
import type { Logger } from "../../core/logger.ts";
import type { AnyModel } from "../model/row.ts";

/** Where a database is, and how it is used. */
export interface DatabaseOptions {
  /**
   * `sqlite::memory:`, `sqlite:<path>` or `postgresql://user:password@host:port/name`. Parameters of a PostgreSQL URL
   * are those of `pg` (`sslmode`, `application_name`), and `schema` for another schema than `public`.
   */
  readonly url: string;
  /** The models whose tables are in it. @default none */
  readonly models?: readonly AnyModel[];
  /** How many connections to PostgreSQL are open at most. SQLite has one that writes and one that reads. @default 10 */
  readonly poolSize?: number;
  /** Whether every statement is logged, with its time and without secrets. @default false */
  readonly echo?: boolean;
  /** Where statements are logged, at level info. @default the console */
  readonly logger?: Pick<Logger, "info">;
  /** How long a statement or a transaction waits for a connection, in ms. @default 10_000 */
  readonly acquireTimeoutMs?: number;
  /** How long SQLite waits for the lock of another process, in ms. @default 5_000 */
  readonly busyTimeoutMs?: number;
  /** How long PostgreSQL works on one statement, in ms. @default for ever */
  readonly statementTimeoutMs?: number;
  /** Whether PostgreSQL keeps statements that come again. Some poolers cannot bear it. @default true */
  readonly preparedStatements?: boolean;
}

const models: Check = (value) =>
  Array.isArray(value) && value.every((model) => typeof model?.tableName === "string")
    ? undefined
    : "a list of models made by defineModel";

const CHECKS: Checks<DatabaseOptions> = {
  url: text,
  models,
  poolSize: positiveInteger,
  echo: boolean,
  logger: having("info"),
  acquireTimeoutMs: positiveMs,
  busyTimeoutMs: positiveMs,
  statementTimeoutMs: positiveMs,
  preparedStatements: boolean,
};

/** @throws {ConfigurationError} naming each option that is wrong. The URL may hold a password, and is not shown. */
export function checkDatabaseOptions(options: DatabaseOptions): void {
  checkOptions(options, CHECKS, "Database", ["url"]);
}

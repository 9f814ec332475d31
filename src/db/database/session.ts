import { MikroORM, type Options } from "@mikro-orm/core";
import type { AbstractSqlDriver, SqlEntityManager } from "@mikro-orm/sql";
import type { Connections } from "../connection/connection.ts";
import type { Transactions } from "../connection/transactions.ts";
import type { DialectName } from "../query/dialect.ts";

/** Tables that this package keeps for itself: they belong to no model, and schema changes leave them alone. */
const OWN_TABLES = /^tsmodules_/;

/** MikroORM as we use it. */
export type Orm = MikroORM<AbstractSqlDriver, SqlEntityManager<AbstractSqlDriver>>;

/** What there is while a database is connected. */
export interface Session {
  /** Opens a connection. Throws what the driver throws. */
  open(): Promise<void>;
  readonly dialect: DialectName;
  readonly orm: Orm;
  readonly connections: Connections;
  readonly transactions: Transactions;
  /** How many transactions may run side by side. */
  readonly maxTransactions: number;
}

/** What both databases need to be opened. */
export interface SessionOptions {
  readonly entities: Options["entities"];
  readonly poolSize: number;
  readonly acquireTimeoutMs: number;
  readonly busyTimeoutMs: number;
  readonly statementTimeoutMs: number | undefined;
  readonly preparedStatements: boolean;
  /** Stands between whoever runs statements and the connections. */
  readonly observed: (connections: Connections) => Connections;
}

/** Makes the ORM, which finds out whether the models fit together. */
export function makeOrm(options: Partial<Options<AbstractSqlDriver>>): Orm {
  return new MikroORM<AbstractSqlDriver>({
    ensureDatabase: false,
    logger: () => {},
    discovery: { warnWhenNoEntities: false },
    schemaGenerator: { skipTables: [OWN_TABLES] },
    ...options,
  }) as Orm;
}

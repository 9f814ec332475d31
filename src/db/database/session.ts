import { type EntitySchema, MikroORM, NotFoundError, type Options } from "@mikro-orm/core";
import type { AbstractSqlDriver, SqlEntityManager } from "@mikro-orm/sql";
import type { Logger } from "../../core/logger.ts";
import type { Connections } from "../connection/connection.ts";
import type { Transactions } from "../connection/transactions.ts";
import { refuseMissingModels } from "./related-models.ts";

/** Tables that this package keeps for itself: they belong to no model, and schema changes leave them alone. */
const OWN_TABLE_NAMES = /^tsmodules_/;

/** MikroORM as we use it. */
export type Orm = MikroORM<AbstractSqlDriver, SqlEntityManager<AbstractSqlDriver>>;

/** What there is while a database is connected. */
export interface Session {
  /** Opens a connection. Throws what the driver throws. */
  open(): Promise<void>;
  readonly orm: Orm;
  readonly connections: Connections;
  readonly transactions: Transactions;
  /** How many transactions may run side by side. */
  readonly maxTransactions: number;
}

/** What both databases need to be opened. */
export interface SessionOptions {
  readonly entities: EntitySchema[];
  readonly poolSize: number;
  readonly acquireTimeoutMs: number;
  readonly busyTimeoutMs: number;
  readonly statementTimeoutMs: number | undefined;
  readonly preparedStatements: boolean;
  /** Where every statement is logged. */
  readonly echoTo: Pick<Logger, "info"> | undefined;
}

/** What an ORM is made of: its entities, and what its driver needs. */
type OrmOptions = Partial<Options<AbstractSqlDriver>> & Pick<SessionOptions, "entities">;

/**
 * Makes the ORM, which finds out whether the models fit together.
 *
 * @throws {ConfigurationError} if one refers to another that is not there.
 */
export function makeOrm(options: OrmOptions): Orm {
  const orm = new MikroORM<AbstractSqlDriver>({
    ensureDatabase: false,
    logger: () => {},
    discovery: { warnWhenNoEntities: false },
    schemaGenerator: { skipTables: [OWN_TABLE_NAMES] },
    // Its own messages of these tell what was looked for, and what a row has in its other properties.
    findOneOrFailHandler: (name) => new NotFoundError(`${name} not found`),
    findExactlyOneOrFailHandler: (name) => new NotFoundError(`not exactly one of ${name} found`),
    validateRequired: false,
    ...options,
  }) as Orm;
  refuseMissingModels(orm, options.entities);
  return orm;
}

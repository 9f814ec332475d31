export type { Isolation } from "./connection/connection.ts";
export type { TransactionOptions } from "./connection/transactions.ts";
export { Database } from "./database/database.ts";
export type { DatabaseOptions } from "./database/database-options.ts";
export type { DatabaseHealth } from "./database/health.ts";
export type { DialectName } from "./dialect.ts";
export {
  ConcurrencyError,
  ConnectionError,
  DatabaseError,
  DuplicateError,
  ForeignKeyError,
  MigrationError,
  RepositoryError,
  TransactionError,
} from "./errors.ts";
export type { ExecutedMigration } from "./migrations/journal.ts";
export type { CreatedMigration, MigrationStatus, Migrations } from "./migrations/migrations.ts";
export type {
  MigrationCreateOptions,
  MigrationDownOptions,
  MigrationsOptions,
  MigrationUpOptions,
} from "./migrations/migrations-options.ts";
export { defineModel, type ModelOptions } from "./model/define-model.ts";
export { softDelete, timestamps, uuid, versioned } from "./model/mixins.ts";
export { type ModelPropertyBuilders, type OneToOneProperty, p } from "./model/property-builders.ts";
export type { AnyModel, Changes, IdOf, Model, NewRow, Populated, RelationsOf, RowOf } from "./model/row.ts";
export type { Direction, OrderBy } from "./query/order.ts";
export type { Page } from "./query/page.ts";
export { identifier, type Sql, sql } from "./query/sql.ts";
export type { Conditions, Operators, TextOperators, Where } from "./query/where.ts";
export { Repository } from "./repository/repository.ts";
export type {
  FindOptions,
  PageOptions,
  PopulateOptions,
  UpdateOptions,
  UpsertOptions,
  VisibilityOptions,
} from "./repository/repository-options.ts";
export {
  DatabaseDeadLetterStore,
  type DatabaseDeadLetterStoreOptions,
  type ReprocessOptions,
  type ReprocessProgress,
} from "./stores/database-dead-letter-store.ts";
export {
  DatabaseIdempotencyStore,
  type DatabaseIdempotencyStoreOptions,
} from "./stores/database-idempotency-store.ts";
export type { DeadLetterFilter } from "./stores/dead-letter-filter.ts";
export { type TransactionalOptions, transactional } from "./transactional.ts";

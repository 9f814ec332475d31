import type { SqlEntityManager } from "@mikro-orm/sql";
import type { Environment } from "../../core/environment.ts";
import { ConfigurationError } from "../../core/errors.ts";
import type { RawRow, Result, Statement } from "../connection/connection.ts";
import { checkTransactionOptions, type TransactionOptions } from "../connection/transactions.ts";
import { translatedError } from "../connection/translated-error.ts";
import type { DialectName } from "../dialect.ts";
import { ConnectionError, DatabaseError, TransactionError } from "../errors.ts";
import { Migrations } from "../migrations/migrations.ts";
import type { MigrationsOptions } from "../migrations/migrations-options.ts";
import { entityOf } from "../model/entity.ts";
import type { AnyModel } from "../model/row.ts";
import { type Table, tableOf } from "../model/table.ts";
import { OWN_TABLES } from "../own-tables/own-tables.ts";
import { renderSql, Sql } from "../query/sql.ts";
import { StatementWriter } from "../query/statement-writer.ts";
import { type Address, parseAddress } from "./address.ts";
import { checkDatabaseOptions, type DatabaseOptions } from "./database-options.ts";
import { databaseOptionsFromEnv } from "./environment.ts";
import { type DatabaseHealth, healthOf } from "./health.ts";
import { openSession } from "./open-session.ts";
import { refreshSchema } from "./refresh-schema.ts";
import type { Session } from "./session.ts";

/**
 * A database, SQLite or PostgreSQL, and the models in it.
 *
 * @example
 * const db = new Database({ url: "sqlite:app.db", models: [User] });
 * await db.connect();
 */
export class Database {
  /** Which database it is. */
  readonly dialect: DialectName;
  readonly models: readonly AnyModel[];
  // What holds the URL is out of the sight of whoever logs a database, or something that has one.
  readonly #address: Address;
  readonly #options: DatabaseOptions;
  /** By the class that MikroORM has of each. */
  readonly #models: ReadonlyMap<object, AnyModel>;
  #session: Session | undefined;
  /** The one that is being closed: its transactions go on to their ends. */
  #closing: Session | undefined;
  /** Connecting and disconnecting, one after the other. */
  #change: Promise<void> = Promise.resolve();
  #tables = new Map<AnyModel, Table>();

  /** @throws {ConfigurationError} naming each option that is wrong; never a password. */
  constructor(options: DatabaseOptions) {
    checkDatabaseOptions(options);
    this.#options = options;
    this.#address = parseAddress(options.url);
    this.dialect = this.#address.kind;
    this.models = options.models ?? [];
    this.#models = new Map(this.models.map((model) => [entityOf(model).class, model]));
  }

  /**
   * A database as the environment has it: `TSMODULES_DB_URL`, or `_DB_HOST`, `_DB_PORT`, `_DB_NAME`, `_DB_USER` and
   * `_DB_PASSWORD` of a PostgreSQL; `_DB_POOL_SIZE`, `_DB_ECHO`.
   *
   * @param options - What the environment does not say: models above all, and a `url` for one that names no database.
   * @throws {ConfigurationError} naming every variable that does not parse and what was expected.
   */
  static fromEnv(options: Partial<DatabaseOptions> = {}, env: Environment = process.env): Database {
    return new Database({ ...options, ...databaseOptionsFromEnv(env, options.url) });
  }

  get isConnected(): boolean {
    return this.#session !== undefined;
  }

  /**
   * Opens a connection; does nothing where there is one.
   *
   * @throws {ConnectionError} if there is nobody, or who is there refuses.
   * @throws {ConfigurationError} if a model is not what it has to be.
   */
  connect(): Promise<void> {
    return this.afterChange(async () => {
      this.#session ??= await openSession(this.#address, this.#options);
    });
  }

  /**
   * Closes every connection, after the transactions that run: what takes longer than `acquireTimeoutMs` is cut off and
   * rolled back. Does nothing where there is no connection.
   *
   * @throws {TransactionError} inside of a transaction, which would wait for itself.
   */
  async disconnect(): Promise<void> {
    const transaction = (this.#session ?? this.#closing)?.transactions.running;
    if (transaction?.isOver === false) {
      throw new TransactionError(
        "disconnect waits for the end of transactions, and was called inside of one",
      );
    }
    await this.afterChange(async () => {
      const session = this.#session;
      if (session === undefined) return;
      this.#session = undefined;
      this.#closing = session;
      try {
        await session.connections.close();
      } finally {
        this.#closing = undefined;
        this.#tables = new Map();
        await session.orm.close(true);
      }
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.disconnect();
  }

  /**
   * Drops every table of the models, and makes them anew; what this package keeps for itself, dead letters and
   * idempotency keys, is emptied. For tests.
   *
   * @throws {DatabaseError} if the database refuses.
   */
  async recreateSchema(): Promise<void> {
    const { orm } = this.connected;
    try {
      await refreshSchema(orm);
      for (const table of OWN_TABLES) await table.recreate(this);
    } catch (error) {
      throw translatedError(error, { operation: "statement" });
    }
  }

  /**
   * The migrations in a folder: what leads from an empty database to the models, change by change.
   *
   * @example
   * await db.migrations({ folder: "migrations" }).up();
   * @throws {ConfigurationError} naming each option that is wrong.
   */
  migrations(options: MigrationsOptions = {}): Migrations {
    return new Migrations(this, options);
  }

  /**
   * Runs `fn` in a transaction: every repository and every query in it takes part, however deep. It is committed when
   * `fn` resolves and rolled back when it rejects. One inside of another is a savepoint.
   *
   * @throws what `fn` throws.
   * @throws {TransactionError} if `fn` left a statement running or swallowed the error of one.
   * @throws {ConnectionError} if there is no connection within `acquireTimeoutMs`.
   */
  async transaction<T>(fn: () => T | PromiseLike<T>, options: TransactionOptions = {}): Promise<T> {
    checkTransactionOptions(options);
    return this.connected.transactions.run(fn, options);
  }

  /**
   * Runs `fn` outside of the transaction that it is called in: what it does stays, whatever becomes of that. It needs a
   * connection of its own. SQLite has one that writes, and one in memory no other: there, `fn` waits for the transaction,
   * which must not wait for `fn`.
   */
  outsideTransaction<T>(fn: () => T): T {
    return this.connected.transactions.outside(fn);
  }

  /**
   * The rows that a statement gives, as the driver has them.
   *
   * @example
   * const [row] = await db.query<{ n: number }>(sql`select count(*) as n from ${User}`);
   * @throws {DatabaseError} if the database refuses.
   */
  async query<Row = RawRow>(statement: Sql): Promise<Row[]> {
    const { rows } = await this.runSql(statement);
    // Rows of node:sqlite have no prototype, which surprises whoever compares them.
    return rows.map((row) => ({ ...row }) as Row);
  }

  /**
   * Runs a statement and resolves to how many rows it inserted, changed or deleted.
   *
   * @throws {DatabaseError} if the database refuses.
   */
  async execute(statement: Sql): Promise<number> {
    return (await this.runSql(statement)).changes;
  }

  /**
   * A new entity manager of MikroORM, for whatever a repository does not do. It joins the transaction it is used in.
   * Repositories, though, know nothing of its own `transactional`: where both are used, `db.transaction` is around them.
   */
  get em(): SqlEntityManager {
    return this.connected.orm.em.fork();
  }

  /**
   * How the database is, for a health check: `health.addCheck("database", () => db.health())`. Never throws.
   *
   * @param options.timeoutMs - How long an answer is waited for, in ms. @default 5_000
   */
  health({ timeoutMs = 5_000 }: { readonly timeoutMs?: number } = {}): Promise<DatabaseHealth> {
    return healthOf(this, timeoutMs);
  }

  /** @internal Runs a statement where it belongs: in the transaction, if there is one. Throws what the driver throws. */
  run(statement: Statement): Promise<Result> {
    return this.connected.transactions.executor.execute(statement);
  }

  /** @internal @throws {ConfigurationError} if the model is none of this database's. */
  table(model: AnyModel): Table {
    return this.#tables.get(model) ?? this.makeTable(model);
  }

  /** @internal @throws {ConnectionError} if the database is not connected. */
  get connected(): Session {
    if (this.#session !== undefined) return this.#session;
    if (this.#closing?.transactions.running !== undefined) return this.#closing;
    throw new ConnectionError("the database is not connected: await db.connect() first");
  }

  private makeTable(model: AnyModel): Table {
    const { orm } = this.connected;
    if (!this.models.includes(model)) {
      throw new ConfigurationError(`model "${model.tableName}" is not among the models of this database`);
    }
    const meta = orm.getMetadata().get(entityOf(model).class);
    const schema = this.#address.kind === "postgresql" ? this.#address.schema : undefined;
    const related = (entity: object) => this.table(this.modelOf(entity));
    const table = tableOf(meta, orm.em.getPlatform(), this.dialect, schema, related);
    this.#tables.set(model, table);
    return table;
  }

  private modelOf(entity: object): AnyModel {
    const model = this.#models.get(entity);
    if (model === undefined) throw new TypeError("a relation leads to a model that connect has not refused");
    return model;
  }

  private async runSql(statement: Sql): Promise<Result> {
    if (!(statement instanceof Sql)) {
      throw new DatabaseError(
        "a statement is written with the sql tag, which binds its values: sql`select …`",
      );
    }
    const writer = new StatementWriter(this.dialect);
    const text = renderSql(statement, writer, (model) => this.table(model).name);
    try {
      return await this.run(writer.unknown(text));
    } catch (error) {
      throw translatedError(error, { operation: "statement" });
    }
  }

  private afterChange(work: () => Promise<void>): Promise<void> {
    const done = this.#change.then(work);
    this.#change = done.catch(() => {});
    return done;
  }
}

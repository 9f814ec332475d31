import type {
  CompiledQuery,
  DatabaseConnection,
  Dialect,
  Driver,
  QueryResult,
  TransactionSettings,
} from "kysely";
import { TransactionError } from "../errors.ts";
import type { Executor, Isolation } from "./connection.ts";
import type { Transaction } from "./transaction.ts";
import { refuseOtherIsolation, type Transactions } from "./transactions.ts";

/** The dialect of an ORM's connection, with our connections below it: what the ORM does joins our transactions. */
export function joining(dialect: Dialect, transactions: Transactions): Dialect {
  return {
    createDriver: () => new JoiningDriver(transactions),
    // Ours has a line of its own where there is one connection. Kysely's would not let a transaction's own statements pass.
    createAdapter: () =>
      Object.create(dialect.createAdapter(), { supportsMultipleConnections: { value: true } }),
    createQueryCompiler: () => dialect.createQueryCompiler(),
    createIntrospector: (database) => dialect.createIntrospector(database),
  };
}

/** What a transaction is called that is no savepoint. */
const OUTERMOST = "";

/** Kysely's driver on top of our connections. */
class JoiningDriver implements Driver {
  private readonly transactions: Transactions;

  constructor(transactions: Transactions) {
    this.transactions = transactions;
  }

  async init(): Promise<void> {}
  async destroy(): Promise<void> {}

  async acquireConnection(): Promise<JoiningConnection> {
    return new JoiningConnection(this.transactions);
  }

  async beginTransaction(
    connection: JoiningConnection,
    { isolationLevel, accessMode }: TransactionSettings,
  ): Promise<void> {
    if (accessMode === "read only") {
      throw new TransactionError(
        "a transaction that may only read is not supported: it could write all the same",
      );
    }
    await connection.begin(OUTERMOST, isolationLevel as Isolation | undefined);
  }

  commitTransaction(connection: JoiningConnection): Promise<void> {
    return connection.commit(OUTERMOST);
  }

  rollbackTransaction(connection: JoiningConnection): Promise<void> {
    return connection.rollback(OUTERMOST);
  }

  savepoint(connection: JoiningConnection, name: string): Promise<void> {
    return connection.begin(name, undefined);
  }

  rollbackToSavepoint(connection: JoiningConnection, name: string): Promise<void> {
    return connection.rollback(name);
  }

  releaseSavepoint(connection: JoiningConnection, name: string): Promise<void> {
    return connection.commit(name);
  }

  async releaseConnection(connection: JoiningConnection): Promise<void> {
    await connection.abandon();
  }
}

/** Belongs to the transaction in which it was acquired, else to none until it begins one. */
class JoiningConnection implements DatabaseConnection {
  private readonly transactions: Transactions;
  private readonly joined: Transaction | undefined;
  /** Those that were begun here, innermost last. */
  private readonly own: { readonly name: string; readonly transaction: Transaction }[] = [];

  constructor(transactions: Transactions) {
    this.transactions = transactions;
    this.joined = transactions.running;
  }

  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    const { rows, changes } = await this.executor.execute({ sql, parameters, hasValuesInText: true });
    return { rows: rows as Row[], numAffectedRows: BigInt(changes) };
  }

  /** All at once: `paginate` is for what is too much. */
  async *streamQuery<Row>(query: CompiledQuery): AsyncIterableIterator<QueryResult<Row>> {
    yield await this.executeQuery<Row>(query);
  }

  async begin(name: string, isolation: Isolation | undefined): Promise<void> {
    const outer = this.innermost;
    if (outer !== undefined) refuseOtherIsolation(outer, isolation);
    const transaction = outer === undefined ? await this.transactions.begin(isolation) : await outer.nest();
    this.own.push({ name, transaction });
  }

  commit(name: string): Promise<void> {
    return this.end(name, (transaction) => transaction.commit());
  }

  rollback(name: string): Promise<void> {
    return this.end(name, (transaction) => transaction.rollback());
  }

  async abandon(): Promise<void> {
    await this.rollback(this.own[0]?.name ?? OUTERMOST);
  }

  /** Ends the one of that name after those inside of it. One that could not be committed has been ended by that. */
  private async end(name: string, how: (transaction: Transaction) => Promise<void>): Promise<void> {
    if (!this.own.some((one) => one.name === name)) return;
    for (let last = this.own.pop(); last !== undefined; last = this.own.pop()) {
      try {
        await how(last.transaction);
      } finally {
        if (last.transaction.isNested) this.innermost?.unnest();
      }
      if (last.name === name) return;
    }
  }

  private get innermost(): Transaction | undefined {
    return this.own.at(-1)?.transaction ?? this.joined;
  }

  private get executor(): Executor {
    return this.innermost ?? this.transactions.executor;
  }
}

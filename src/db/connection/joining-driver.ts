import type {
  CompiledQuery,
  DatabaseConnection,
  Dialect,
  Driver,
  QueryResult,
  TransactionSettings,
} from "kysely";
import type { Executor, Isolation } from "./connection.ts";
import type { Transaction } from "./transaction.ts";
import type { Transactions } from "./transactions.ts";

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

  beginTransaction(connection: JoiningConnection, settings: TransactionSettings): Promise<void> {
    return connection.begin(settings.isolationLevel as Isolation | undefined);
  }

  commitTransaction(connection: JoiningConnection): Promise<void> {
    return connection.end((transaction) => transaction.commit());
  }

  rollbackTransaction(connection: JoiningConnection): Promise<void> {
    return connection.end((transaction) => transaction.rollback());
  }

  async savepoint(connection: JoiningConnection): Promise<void> {
    return connection.begin(undefined);
  }

  rollbackToSavepoint(connection: JoiningConnection): Promise<void> {
    return connection.end((transaction) => transaction.rollback());
  }

  releaseSavepoint(connection: JoiningConnection): Promise<void> {
    return connection.end((transaction) => transaction.commit());
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
  private readonly own: Transaction[] = [];

  constructor(transactions: Transactions) {
    this.transactions = transactions;
    this.joined = transactions.running;
  }

  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    const { rows, changes } = await this.executor.execute({ sql, parameters });
    return { rows: rows as Row[], numAffectedRows: BigInt(changes) };
  }

  /** All at once: `paginate` is for what is too much. */
  async *streamQuery<Row>(query: CompiledQuery): AsyncIterableIterator<QueryResult<Row>> {
    yield await this.executeQuery<Row>(query);
  }

  async begin(isolation: Isolation | undefined): Promise<void> {
    const outer = this.innermost;
    this.own.push(outer === undefined ? await this.transactions.begin(isolation) : await outer.nest());
  }

  async end(how: (transaction: Transaction) => Promise<void>): Promise<void> {
    const transaction = this.own.pop();
    if (transaction === undefined) return;
    try {
      await how(transaction);
    } finally {
      if (transaction.depth > 0) this.innermost?.unnest();
    }
  }

  async abandon(): Promise<void> {
    while (this.own.length > 0) await this.end((transaction) => transaction.rollback());
  }

  private get innermost(): Transaction | undefined {
    return this.own.at(-1) ?? this.joined;
  }

  private get executor(): Executor {
    return this.innermost ?? this.transactions.executor;
  }
}

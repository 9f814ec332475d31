import { AsyncLocalStorage } from "node:async_hooks";
import { type Checks, checkOptions, integer, oneOf } from "../../core/check-options.ts";
import { messageOf } from "../../core/errors.ts";
import { RetryPolicy } from "../../resilience/retry-policy.ts";
import { TransactionError } from "../errors.ts";
import type { Connections, Executor, Isolation, ReservedConnection } from "./connection.ts";
import { causes, isConflict } from "./driver-error.ts";
import { Transaction } from "./transaction.ts";
import { translatedError } from "./translated-error.ts";

/** How a transaction runs. */
export interface TransactionOptions {
  /**
   * How strictly it is kept from what others do at the same time. SQLite is always serializable.
   *
   * @default the server's, which is "read committed" unless it was configured otherwise
   */
  readonly isolation?: Isolation;
  /**
   * How often it is run anew after a serialization failure or a deadlock. The function is called again from its
   * beginning, so what it does outside of the database it does again. A nested one is run anew together with the
   * outermost alone. @default 3
   */
  readonly retries?: number;
}

/** @internal */
export const TRANSACTION_CHECKS: Checks<TransactionOptions> = {
  isolation: oneOf(["read committed", "repeatable read", "serializable"]),
  retries: integer,
};

/** @throws {ConfigurationError} naming each option that is wrong. */
export function checkTransactionOptions(options: TransactionOptions): void {
  checkOptions(options, TRANSACTION_CHECKS, "transaction");
}

/** Which transaction whatever runs now belongs to, carried along by AsyncLocalStorage. */
export class Transactions {
  private readonly current = new AsyncLocalStorage<Transaction | undefined>();
  private readonly connections: Connections;
  private readonly limitMs: number;

  /** @param limitMs - How long statements wait for each other within a transaction. */
  constructor(connections: Connections, limitMs: number) {
    this.connections = connections;
    this.limitMs = limitMs;
  }

  /** The transaction that whatever runs now belongs to. */
  get running(): Transaction | undefined {
    return this.current.getStore();
  }

  /** Where statements go: to the transaction, if there is one. */
  get executor(): Executor {
    return this.current.getStore() ?? this.connections;
  }

  /** Runs `fn` as if no transaction had begun. */
  outside<T>(fn: () => T): T {
    return this.current.run(undefined, fn);
  }

  async run<T>(fn: () => T | PromiseLike<T>, options: TransactionOptions): Promise<T> {
    const outer = this.running;
    if (outer !== undefined) return this.nested(outer, fn, options);
    const { isolation, retries = 3 } = options;
    if (retries === 0) return this.within(await translating(this.begin(isolation)), fn);
    let transaction: Transaction | undefined;
    // A conflict in another database is nothing that another try of ours would mend.
    const isLost = (error: unknown) => transaction?.hasConflict === true && isConflict(error);
    const retry = new RetryPolicy({
      maxRetries: retries,
      baseDelayMs: 20,
      maxDelayMs: 1_000,
      jitter: "full",
      retryable: isLost,
    });
    try {
      return await retry.execute(async () => {
        transaction = undefined;
        transaction = await translating(this.begin(isolation));
        return this.within(transaction, fn);
      });
    } catch (error) {
      throw isLost(error) ? lostTooOften(retries, error) : error;
    }
  }

  /** Runs `fn` in a transaction on a connection that somebody reserved, and has still to give back when it is over. */
  async runOn<T>(connection: ReservedConnection, fn: () => T | PromiseLike<T>): Promise<T> {
    const lent: ReservedConnection = {
      execute: (statement) => connection.execute(statement),
      release: () => {},
    };
    const begin = this.connections.beginStatement(undefined);
    return this.within(await translating(Transaction.begin(lent, begin, this.limitMs, undefined)), fn);
  }

  /** Begins the outermost transaction, for somebody who ends it. Throws what the driver throws. */
  async begin(isolation: Isolation | undefined): Promise<Transaction> {
    return Transaction.begin(
      await this.connections.reserve(),
      this.connections.beginStatement(isolation),
      this.limitMs,
      isolation,
    );
  }

  private async nested<T>(
    outer: Transaction,
    fn: () => T | PromiseLike<T>,
    { isolation }: TransactionOptions,
  ): Promise<T> {
    refuseOtherIsolation(outer, isolation);
    const transaction = await translating(outer.nest());
    try {
      return await this.within(transaction, fn);
    } finally {
      outer.unnest();
    }
  }

  private async within<T>(transaction: Transaction, fn: () => T | PromiseLike<T>): Promise<T> {
    let result: T;
    try {
      result = await this.current.run(transaction, async () => fn());
    } catch (error) {
      await transaction.rollback();
      // What the function made of a conflict hides that another try may succeed.
      const { firstError } = transaction;
      throw isConflict(firstError) && !causes(error).has(firstError)
        ? translatedError(firstError, { operation: "transaction" })
        : error;
    }
    await translating(transaction.commit());
    return result;
  }
}

/** @throws {TransactionError} where a nested transaction asks for more than the outermost has. */
export function refuseOtherIsolation(outer: Transaction, isolation: Isolation | undefined): void {
  if (isolation === undefined || isolation === outer.isolation) return;
  throw new TransactionError(
    `the isolation "${isolation}" is for the outermost transaction to choose; this one is nested in another, whose isolation is ` +
      (outer.isolation === undefined ? "the server's default" : `"${outer.isolation}"`),
  );
}

function lostTooOften(retries: number, error: unknown): TransactionError {
  return new TransactionError(
    `the transaction was run ${retries + 1} times, and each time undone because of others that ran at the same time: ${messageOf(error)}`,
    { cause: error },
  );
}

async function translating<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw translatedError(error, { operation: "transaction" });
  }
}

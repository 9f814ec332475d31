import { TransactionError } from "../errors.ts";
import type { Executor, ReservedConnection, Result, Statement } from "./connection.ts";
import { Turns } from "./turns.ts";

/**
 * A transaction, or a savepoint inside of one. Its statements run one after another, and those of a nested one run
 * between two of them: what comes meanwhile waits, as it would else be undone with what it has no part in.
 */
export class Transaction implements Executor {
  readonly connection: ReservedConnection;
  /** 0 for the outermost, and one more for each that is nested. */
  readonly depth: number;
  private readonly limitMs: number;
  private readonly turns: Turns;
  private pending = 0;
  private ended = false;
  private failure: { readonly error: unknown } | undefined;

  private constructor(connection: ReservedConnection, depth: number, limitMs: number) {
    this.connection = connection;
    this.depth = depth;
    this.limitMs = limitMs;
    this.turns = new Turns(
      limitMs,
      `a statement waited ${limitMs} ms for a nested transaction to end, which waits for it in turn or for something slow`,
    );
  }

  /** Begins on a reserved connection, which is given back if that fails. */
  static async begin(connection: ReservedConnection, sql: string, limitMs: number): Promise<Transaction> {
    try {
      await connection.execute({ sql, parameters: [] });
    } catch (error) {
      connection.release(true);
      throw error;
    }
    return new Transaction(connection, 0, limitMs);
  }

  /** What the first failed statement failed with. */
  get failed(): unknown {
    return this.failure?.error;
  }

  /**
   * @throws {TransactionError} after the end, and after a statement that failed: PostgreSQL takes nothing more then,
   *   and what runs on SQLite today should run on PostgreSQL tomorrow.
   */
  async execute(statement: Statement): Promise<Result> {
    this.refuseIfOver();
    this.pending++;
    try {
      await this.turns.take();
      try {
        this.refuseIfOver();
        return await this.connection.execute(statement);
      } catch (error) {
        this.failure ??= { error };
        throw error;
      } finally {
        this.turns.give();
      }
    } finally {
      this.pending--;
    }
  }

  /** Begins a savepoint. Until it ends, this transaction's own statements wait. */
  async nest(): Promise<Transaction> {
    this.refuseIfOver();
    this.pending++;
    try {
      await this.turns.take();
      this.refuseIfOver();
      const nested = new Transaction(this.connection, this.depth + 1, this.limitMs);
      await nested.run(`savepoint ${nested.savepoint}`);
      return nested;
    } catch (error) {
      this.pending--;
      throw error;
    }
  }

  /** Goes on after a nested transaction has ended. */
  unnest(): void {
    this.turns.give();
    this.pending--;
  }

  /**
   * Makes what was done last, or undoes it if that is not possible.
   *
   * @throws {TransactionError} if statements are still running, or one failed and its error was swallowed.
   */
  async commit(): Promise<void> {
    const problem = this.problem();
    if (problem !== undefined) {
      await this.rollback();
      throw problem;
    }
    this.ended = true;
    try {
      await this.run(this.depth === 0 ? "commit" : `release savepoint ${this.savepoint}`);
    } catch (error) {
      await this.undo();
      throw error;
    }
    if (this.depth === 0) this.connection.release();
  }

  /** Undoes everything. Never throws: what led here is what the caller has to hear of. */
  async rollback(): Promise<void> {
    this.ended = true;
    try {
      // What is still running would come after the rollback; what hangs is cut off with its connection.
      await this.turns.take();
    } catch {
      if (this.depth === 0) this.connection.release(true);
      return;
    }
    await this.undo();
  }

  private async undo(): Promise<void> {
    const undone = await this.tryToUndo();
    if (this.depth === 0) this.connection.release(!undone);
  }

  private async tryToUndo(): Promise<boolean> {
    try {
      if (this.depth === 0) {
        await this.run("rollback");
      } else {
        await this.run(`rollback to savepoint ${this.savepoint}`);
        await this.run(`release savepoint ${this.savepoint}`);
      }
      return true;
    } catch {
      return false;
    }
  }

  private run(sql: string): Promise<Result> {
    return this.connection.execute({ sql, parameters: [] });
  }

  private get savepoint(): string {
    return `tsmodules_${this.depth}`;
  }

  private problem(): TransactionError | undefined {
    if (this.pending > 0) {
      return new TransactionError(
        `the transaction's function returned while ${this.pending} of its statements were running: an await is missing. ` +
          "It was rolled back",
      );
    }
    if (this.failure !== undefined) {
      return new TransactionError(
        "a statement of this transaction failed, so that it was rolled back; nest a db.transaction around what may fail",
        { cause: this.failure.error },
      );
    }
    return undefined;
  }

  private refuseIfOver(): void {
    if (this.ended) {
      throw new TransactionError(
        "the transaction is over: something that began in it goes on without being awaited",
      );
    }
    if (this.failure !== undefined) {
      throw new TransactionError(
        "a statement of this transaction failed before, so that it takes no more; nest a db.transaction around what may fail",
        { cause: this.failure.error },
      );
    }
  }
}

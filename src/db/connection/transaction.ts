import { setImmediate as nextTurn } from "node:timers/promises";
import { TransactionError } from "../errors.ts";
import type { Executor, Isolation, ReservedConnection, Result, Statement } from "./connection.ts";
import { isConflict } from "./driver-error.ts";
import { Turns } from "./turns.ts";

/**
 * A transaction, or a savepoint inside of one. Its statements run one after another, and those of a nested one run
 * between two of them: what comes meanwhile waits, as it would else be undone with what it has no part in.
 */
export class Transaction implements Executor {
  /** As it was asked for; a nested one has that of the outermost. */
  readonly isolation: Isolation | undefined;
  private readonly connection: ReservedConnection;
  private readonly outer: Transaction | undefined;
  /** 0 for the outermost, and one more for each that is nested. */
  private readonly depth: number;
  private readonly limitMs: number;
  private readonly turns: Turns;
  private pending = 0;
  private hasEnded = false;
  private failure: { readonly error: unknown } | undefined;
  private metConflict = false;

  private constructor(
    connection: ReservedConnection,
    limitMs: number,
    { isolation, outer }: { readonly isolation: Isolation | undefined; readonly outer?: Transaction },
  ) {
    this.connection = connection;
    this.limitMs = limitMs;
    this.isolation = isolation;
    this.outer = outer;
    this.depth = outer === undefined ? 0 : outer.depth + 1;
    this.turns = new Turns(
      limitMs,
      `a statement waited ${limitMs} ms for the others of its transaction: for one that is slow, or for a nested ` +
        "transaction to end, which may wait for it in turn",
    );
  }

  /** Begins on a reserved connection, which is given back if that fails. */
  static async begin(
    connection: ReservedConnection,
    sql: string,
    limitMs: number,
    isolation: Isolation | undefined,
  ): Promise<Transaction> {
    try {
      await connection.execute({ sql, parameters: [] });
    } catch (error) {
      connection.release(true);
      throw error;
    }
    return new Transaction(connection, limitMs, { isolation });
  }

  /** Whether it takes nothing more, since it has ended or one around it has. */
  get isOver(): boolean {
    return this.hasEnded || this.outer?.isOver === true;
  }

  get isNested(): boolean {
    return this.outer !== undefined;
  }

  /** What the first failed statement failed with. */
  get firstError(): unknown {
    return this.failure?.error;
  }

  /** Whether it, or one nested in it, stood in the way of others: another try may succeed. */
  get hasConflict(): boolean {
    return this.metConflict;
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
      } finally {
        this.turns.give();
      }
    } catch (error) {
      this.fail(error);
      throw error;
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
    } catch (error) {
      this.pending--;
      this.fail(error);
      throw error;
    }
    try {
      this.refuseIfOver();
      const nested = new Transaction(this.connection, this.limitMs, {
        isolation: this.isolation,
        outer: this,
      });
      await nested.run(`savepoint ${nested.savepoint}`);
      return nested;
    } catch (error) {
      this.fail(error);
      this.unnest();
      throw error;
    }
  }

  /** Goes on after a nested transaction has ended. */
  unnest(): void {
    this.turns.give();
    this.pending--;
  }

  /**
   * Commits, or rolls back if that is not possible.
   *
   * @throws {TransactionError} if statements are still running, or one failed and its error was swallowed.
   */
  async commit(): Promise<void> {
    // What an ORM was told without an `await` comes a few steps later.
    const problem = this.problem() ?? (await nextTurn().then(() => this.problem()));
    if (problem !== undefined) {
      await this.rollback();
      throw problem;
    }
    this.hasEnded = true;
    try {
      await this.run(this.isNested ? `release savepoint ${this.savepoint}` : "commit");
    } catch (error) {
      this.noteConflict(error);
      await this.undo();
      throw error;
    }
    if (!this.isNested) this.connection.release();
  }

  /** Undoes everything. Never throws: what led here is what the caller has to hear of. */
  async rollback(): Promise<void> {
    this.hasEnded = true;
    try {
      // What is still running would come after the rollback; what hangs is cut off with its connection.
      await this.turns.take();
    } catch (error) {
      this.giveUp(error);
      return;
    }
    await this.undo();
  }

  private async undo(): Promise<void> {
    try {
      if (this.isNested) {
        await this.run(`rollback to savepoint ${this.savepoint}`);
        await this.run(`release savepoint ${this.savepoint}`);
      } else {
        await this.run("rollback");
        this.connection.release();
      }
    } catch (error) {
      this.giveUp(error);
    }
  }

  /** What cannot be undone by itself is undone together with all that is around it. */
  private giveUp(error: unknown): void {
    if (this.outer === undefined) this.connection.release(true);
    else this.outer.failure ??= { error };
  }

  private fail(error: unknown): void {
    this.failure ??= { error };
    this.noteConflict(error);
  }

  private noteConflict(error: unknown): void {
    if (!isConflict(error)) return;
    this.metConflict = true;
    this.outer?.noteConflict(error);
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
    if (this.isOver) {
      throw new TransactionError(
        "the transaction is over: something that began in it goes on without being awaited; what is to outlive it " +
          "begins in db.outsideTransaction",
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

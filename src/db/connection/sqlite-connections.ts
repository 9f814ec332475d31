import { setImmediate as nextTurn } from "node:timers/promises";
import { ConnectionError } from "../errors.ts";
import type { Connections, ReservedConnection, Result, Statement } from "./connection.ts";
import { isReadOnly } from "./sqlite-error.ts";
import { SqliteHandle, whenFree } from "./sqlite-handle.ts";
import { seemsToRead } from "./sqlite-statement.ts";
import { Turns } from "./turns.ts";

export interface SqliteOptions {
  /** A file, or `:memory:`. */
  readonly path: string;
  /** How long a statement waits for a transaction of this process, in ms. */
  readonly acquireTimeoutMs: number;
  /** How long a statement waits for another process, in ms. */
  readonly busyTimeoutMs: number;
}

/**
 * SQLite has one writer. A transaction has it to itself; statements of nobody's transaction use it in between, and as
 * long as there is a transaction those that only read go to a connection of their own, which sees what is committed. A
 * database in memory has one connection for everybody.
 */
export class SqliteConnections implements Connections {
  private readonly options: SqliteOptions;
  private readonly turns: Turns;
  private writer: SqliteHandle | undefined;
  private reader: SqliteHandle | undefined;

  constructor(options: SqliteOptions) {
    this.options = options;
    this.turns = new Turns(
      options.acquireTimeoutMs,
      `the SQLite connection was not free within ${options.acquireTimeoutMs} ms: a transaction holds it, and waits for ` +
        "something slow or for a statement that does not belong to it",
    );
  }

  private get isFile(): boolean {
    return this.options.path !== ":memory:";
  }

  async open(): Promise<void> {
    const writer = new SqliteHandle(this.options.path);
    try {
      if (this.isFile) {
        await whenFree(this.options.busyTimeoutMs, () => writer.exec("pragma journal_mode = wal"));
      }
    } catch (error) {
      writer.close();
      throw error;
    }
    this.writer = writer;
  }

  async close(): Promise<void> {
    const isUnused = await this.turns.take().then(
      () => true,
      () => false,
    );
    try {
      this.reader?.close();
      this.writer?.close();
    } finally {
      this.reader = undefined;
      this.writer = undefined;
      if (isUnused) this.turns.give();
    }
  }

  async execute(statement: Statement): Promise<Result> {
    if (!this.turns.tryTake()) {
      const read = await this.readMeanwhile(statement);
      if (read !== undefined) return read;
      await this.turns.take();
    }
    try {
      return await this.runOn(this.writer, statement);
    } finally {
      this.turns.give();
    }
  }

  async reserve(): Promise<ReservedConnection> {
    await this.turns.take();
    let isReleased = false;
    return {
      execute: async (statement) => {
        // Done at once, it would hide from its transaction that an `await` is missing.
        await nextTurn();
        if (isReleased) throw new ConnectionError("the connection was given back meanwhile");
        return this.runOn(this.writer, statement);
      },
      release: (broken = false) => {
        isReleased = true;
        // SQLite ends some transactions by itself; one that could not be ended must not go on with the next one's.
        try {
          this.writer?.endTransaction();
          if (broken) this.writer?.enforceForeignKeys();
        } finally {
          this.turns.give();
        }
      },
    };
  }

  /** Taking the lock at once, a transaction cannot find later that somebody else wrote since it began. */
  beginStatement(): string {
    return "begin immediate";
  }

  /** What a statement gives that only reads; undefined for one that has to wait for the writer. */
  private async readMeanwhile(statement: Statement): Promise<Result | undefined> {
    if (!this.isFile || !seemsToRead(statement.sql)) return undefined;
    try {
      return await this.runOn(this.openReader(), statement);
    } catch (error) {
      if (isReadOnly(error)) return undefined;
      throw error;
    }
  }

  private openReader(): SqliteHandle {
    this.reader ??= new SqliteHandle(this.options.path, true);
    return this.reader;
  }

  private async runOn(handle: SqliteHandle | undefined, statement: Statement): Promise<Result> {
    if (handle === undefined) throw new ConnectionError("the database was disconnected meanwhile");
    return whenFree(this.options.busyTimeoutMs, () => handle.run(statement));
  }
}

import { DatabaseSync, type StatementSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { LOWER } from "../dialect.ts";
import type { RawRow, Result, Statement } from "./connection.ts";
import { RecentlyUsed } from "./recently-used.ts";
import { isBusy } from "./sqlite-error.ts";
import { changesRows, isBlank } from "./sqlite-statement.ts";

type SqliteValue = null | number | bigint | string | NodeJS.ArrayBufferView;

interface Prepared {
  readonly statement: StatementSync;
  readonly givesRows: boolean;
  /** Whether it gives whole numbers as bigints: node:sqlite refuses to cut them off. */
  readonly isWide: boolean;
  /** SQLite goes on telling of the last change where a statement makes none. */
  readonly changesRows: boolean;
}

/** So many prepared statements are kept. */
const MAX_PREPARED = 500;

/** One open database of `node:sqlite`, with its prepared statements. */
export class SqliteHandle {
  private readonly database: DatabaseSync;
  private readonly prepared = new RecentlyUsed<Prepared>(MAX_PREPARED);

  constructor(path: string, readOnly = false) {
    // It would wait for a lock with the whole process: we wait in `whenFree`, where others can go on.
    this.database = new DatabaseSync(path, { readOnly, timeout: 0, enableForeignKeyConstraints: true });
    this.database.function(LOWER, { deterministic: true }, lower);
    // As PostgreSQL does; `ilike` is for those who want it otherwise.
    this.database.exec("pragma case_sensitive_like = on");
  }

  /**
   * A text of several statements gives what the last of them gives, and does all of it or nothing, as PostgreSQL has it.
   */
  run({ sql, parameters, prepared }: Statement): Result {
    const values = parameters.map(toSqlite);
    if (prepared === true) return runPrepared(this.prepared.get(sql, this.compile), values);
    const first = this.compileWide(sql);
    // SQLite compiles the first statement of a text and says nothing of the others.
    if (isBlank(sql.slice(first.statement.sourceSQL.length))) return runPrepared(first, values);
    if (values.length > 0) throw new Error("values are bound to one statement, and the text has several");
    if (this.database.isTransaction) return this.runEach(sql);
    this.database.exec("begin");
    try {
      const result = this.runEach(sql);
      this.database.exec("commit");
      return result;
    } catch (error) {
      this.endTransaction();
      throw error;
    }
  }

  /** Runs statements that give nothing. */
  exec(sql: string): void {
    this.database.exec(sql);
  }

  /** Rolls back what is open, if there is something. */
  endTransaction(): void {
    if (this.database.isTransaction) this.database.exec("rollback");
  }

  /** As it is from the beginning. Does nothing while a transaction is open. */
  enforceForeignKeys(): void {
    this.database.exec("pragma foreign_keys = on");
  }

  close(): void {
    this.prepared.clear();
    this.database.close();
  }

  private runEach(text: string): Result {
    let result: Result = { rows: [], changes: 0 };
    for (let rest = text; !isBlank(rest); ) {
      const next = this.compileWide(rest);
      result = runPrepared(next, []);
      rest = rest.slice(next.statement.sourceSQL.length);
    }
    return result;
  }

  private readonly compile = (sql: string): Prepared => {
    const statement = this.database.prepare(sql);
    return {
      statement,
      givesRows: statement.columns().length > 0,
      isWide: false,
      changesRows: changesRows(sql),
    };
  };

  /** For statements that others wrote, who may select whole numbers of any size. */
  private compileWide(sql: string): Prepared {
    const made = this.compile(sql);
    made.statement.setReadBigInts(true);
    return { ...made, isWide: true };
  }
}

function runPrepared(
  { statement, givesRows, isWide, changesRows }: Prepared,
  values: readonly SqliteValue[],
): Result {
  if (givesRows) {
    const rows = statement.all(...values) as RawRow[];
    if (isWide) rows.forEach(narrow);
    return { rows, changes: rows.length };
  }
  const { changes } = statement.run(...values);
  return { rows: [], changes: changesRows ? Number(changes) : 0 };
}

/** Makes numbers of the bigints that are no greater than those. */
function narrow(row: RawRow): void {
  for (const [column, value] of Object.entries(row)) {
    if (typeof value === "bigint" && Number.isSafeInteger(Number(value))) row[column] = Number(value);
  }
}

/** Repeats what finds the database locked, until it is free or `limitMs` have passed. */
export async function whenFree<T>(limitMs: number, work: () => T): Promise<T> {
  const startedAt = performance.now();
  for (let waitMs = 1; ; waitMs = Math.min(waitMs * 2, 50)) {
    try {
      return work();
    } catch (error) {
      if (!isBusy(error) || performance.now() - startedAt >= limitMs) throw error;
    }
    await sleep(waitMs * (0.5 + Math.random()));
  }
}

function lower(text: SqliteValue): SqliteValue {
  return typeof text === "string" ? text.toLowerCase() : text;
}

/** SQLite knows neither booleans nor dates: MikroORM keeps them as 0 and 1, and as epoch ms. */
function toSqlite(value: unknown): SqliteValue {
  if (value === undefined) return null;
  if (typeof value === "boolean") return value ? 1 : 0;
  if (value instanceof Date) return value.getTime();
  return value as SqliteValue;
}

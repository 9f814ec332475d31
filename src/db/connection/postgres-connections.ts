import type { Pool, PoolClient, QueryResult } from "pg";
import { ConnectionError } from "../errors.ts";
import type { Connections, Isolation, ReservedConnection, Result, Statement } from "./connection.ts";

/** A pool of connections to a PostgreSQL server. */
export class PostgresConnections implements Connections {
  private readonly pool: () => Pool;
  private readonly acquireTimeoutMs: number;
  /** Names of prepared statements: PostgreSQL cuts off names after 63 characters, and a statement is longer. */
  private readonly names = new Map<string, string>();

  constructor(pool: () => Pool, acquireTimeoutMs: number) {
    this.pool = pool;
    this.acquireTimeoutMs = acquireTimeoutMs;
  }

  async open(): Promise<void> {
    (await this.reserve()).release();
  }

  async close(): Promise<void> {}

  async execute(statement: Statement): Promise<Result> {
    const connection = await this.reserve();
    try {
      const result = await connection.execute(statement);
      connection.release();
      return result;
    } catch (error) {
      connection.release(isBroken(error));
      throw error;
    }
  }

  async reserve(): Promise<ReservedConnection> {
    const client = await this.connect();
    return {
      execute: (statement) => this.run(client, statement),
      release: (broken) => client.release(broken),
    };
  }

  begin(isolation: Isolation | undefined): string {
    return isolation === undefined ? "begin" : `begin isolation level ${isolation}`;
  }

  private async connect(): Promise<PoolClient> {
    const pool = this.pool();
    try {
      return await pool.connect();
    } catch (error) {
      if (!(error instanceof Error) || !error.message.includes("timeout exceeded when trying to connect")) {
        throw error;
      }
      const { totalCount, waitingCount } = pool;
      throw new ConnectionError(
        `no connection within ${this.acquireTimeoutMs} ms: ${totalCount} of the pool's ${pool.options.max} are in use ` +
          `and ${waitingCount} callers wait`,
        { cause: error },
      );
    }
  }

  private async run(client: PoolClient, statement: Statement): Promise<Result> {
    const { sql, parameters, prepared } = statement;
    const answer = await client.query(
      prepared === true
        ? { name: this.nameOf(sql), text: sql, values: parameters as unknown[] }
        : { text: sql, values: parameters as unknown[] },
    );
    // Several statements in one text, which only schema changes are, give several results.
    const result: QueryResult = Array.isArray(answer) ? answer.at(-1) : answer;
    return { rows: result.rows ?? [], changes: result.rowCount ?? 0 };
  }

  private nameOf(sql: string): string {
    let name = this.names.get(sql);
    if (name === undefined) {
      name = `tsmodules-${this.names.size}`;
      this.names.set(sql, name);
    }
    return name;
  }
}

/** Whether the connection is gone, and not only the statement refused: the server says refusals with a severity. */
export function isBroken(error: unknown): boolean {
  const { severity, code } = error as { readonly severity?: string; readonly code?: string };
  return (
    severity === undefined || severity === "FATAL" || severity === "PANIC" || code?.startsWith("08") === true
  );
}

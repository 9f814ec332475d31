import type { Pool, PoolClient, QueryResult } from "pg";
import { ConnectionError } from "../errors.ts";
import type { Connections, Isolation, ReservedConnection, Result, Statement } from "./connection.ts";
import { isConnectionFailure } from "./driver-error.ts";
import { hideValues } from "./hidden-values.ts";

/** So many statements are prepared by name; those that come later are not. */
const MAX_PREPARED = 500;

/** A pool of connections to a PostgreSQL server. */
export class PostgresConnections implements Connections {
  private readonly pool: () => Pool;
  private readonly acquireTimeoutMs: number;
  /** Names of prepared statements: PostgreSQL cuts off names after 63 characters, and a statement is longer. */
  private readonly names = new Map<string, string>();
  /** Connections that somebody has. */
  private readonly taken = new Set<ReservedConnection>();
  /** How many have a connection or wait for one. */
  private users = 0;
  private unused: (() => void) | undefined;

  constructor(pool: () => Pool, acquireTimeoutMs: number) {
    this.pool = pool;
    this.acquireTimeoutMs = acquireTimeoutMs;
  }

  async open(): Promise<void> {
    (await this.reserve()).release();
  }

  async close(): Promise<void> {
    await this.untilUnused();
    for (const connection of this.taken) connection.release(true);
  }

  async execute(statement: Statement): Promise<Result> {
    const connection = await this.reserve();
    try {
      return await connection.execute(statement);
    } finally {
      connection.release();
    }
  }

  async reserve(): Promise<ReservedConnection> {
    this.users++;
    try {
      const client = await this.connect();
      const connection = new PostgresConnection(client, this.names, () => {
        this.taken.delete(connection);
        this.leave();
      });
      this.taken.add(connection);
      return connection;
    } catch (error) {
      this.leave();
      throw error;
    }
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
          `and ${waitingCount} other callers wait; transactions that take long, or that wait for a statement which does ` +
          "not belong to them, keep theirs",
        { cause: error },
      );
    }
  }

  private leave(): void {
    this.users--;
    if (this.users === 0) this.unused?.();
  }

  private untilUnused(): Promise<void> {
    if (this.users === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.acquireTimeoutMs);
      this.unused = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** A connection of the pool, in one's hands. */
class PostgresConnection implements ReservedConnection {
  private readonly client: PoolClient;
  private readonly names: Map<string, string>;
  private readonly left: () => void;
  private isReleased = false;
  /** What the connection broke off with: nothing has to be tried on it any more. */
  private broken: { readonly error: unknown } | undefined;
  private isUncertain = false;

  constructor(client: PoolClient, names: Map<string, string>, left: () => void) {
    this.client = client;
    this.names = names;
    this.left = left;
  }

  async execute(statement: Statement): Promise<Result> {
    if (this.broken !== undefined) throw this.broken.error;
    if (this.isReleased) throw new ConnectionError("the database was disconnected meanwhile");
    try {
      return await this.run(statement);
    } catch (error) {
      hideValues(error);
      if (isConnectionFailure(error)) this.broken = { error };
      this.isUncertain ||= isUncertain(error);
      throw error;
    }
  }

  release(broken = false): void {
    if (this.isReleased) return;
    this.isReleased = true;
    this.client.release(broken || this.isUncertain);
    this.left();
  }

  private async run({ sql, parameters, prepared, timeoutMs }: Statement): Promise<Result> {
    const answer = await this.client.query({
      text: sql,
      values: parameters as unknown[],
      ...(prepared === true && this.named(sql)),
      ...(timeoutMs !== undefined && { query_timeout: timeoutMs }),
    });
    // Several statements in one text, which only schema changes are, give several results.
    const result: QueryResult = Array.isArray(answer) ? answer.at(-1) : answer;
    return { rows: result.rows ?? [], changes: result.rowCount ?? 0 };
  }

  /** Without a name where there are many already: each connection keeps what it prepared, and so does the server. */
  private named(sql: string): { readonly name?: string } {
    const known = this.names.get(sql);
    if (known !== undefined) return { name: known };
    if (this.names.size === MAX_PREPARED) return {};
    const name = `tsmodules-${this.names.size}`;
    this.names.set(sql, name);
    return { name };
  }
}

/**
 * Whether nobody knows what state a connection is in: anything but a refusal by the server, which says how severe it is.
 * Statements prepared on it before a table changed are refused on it for ever.
 */
function isUncertain(error: unknown): boolean {
  const { severity, routine } = error as { readonly severity?: string; readonly routine?: string };
  return severity === undefined || routine === "RevalidateCachedQuery" || isConnectionFailure(error);
}

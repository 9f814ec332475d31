import type { Pool, PoolClient, QueryResult } from "pg";
import { ConnectionError } from "../errors.ts";
import type { Connections, Isolation, ReservedConnection, Result, Statement } from "./connection.ts";
import { isConnectionFailure } from "./driver-error.ts";
import { hideValues } from "./hidden-values.ts";
import { PreparedStatements, StatementNames } from "./postgres-prepared.ts";

export interface PostgresOptions {
  readonly acquireTimeoutMs: number;
  /** Whether statements that come again and again are prepared. */
  readonly preparedStatements: boolean;
}

/** A pool of connections to a PostgreSQL server. */
export class PostgresConnections implements Connections {
  private readonly pool: () => Pool;
  private readonly options: PostgresOptions;
  private readonly names = new StatementNames();
  private readonly prepared = new WeakMap<PoolClient, PreparedStatements>();
  /** Connections that somebody has. */
  private readonly taken = new Set<ReservedConnection>();
  /** How many have a connection or wait for one. */
  private users = 0;
  private unused: (() => void) | undefined;

  constructor(pool: () => Pool, options: PostgresOptions) {
    this.pool = pool;
    this.options = options;
  }

  async open(): Promise<void> {
    (await this.reserve()).release();
  }

  async close(): Promise<void> {
    await this.untilUnused();
    for (const connection of this.taken) connection.release(true);
  }

  async execute(statement: Statement): Promise<Result> {
    try {
      return await this.executeOnce(statement);
    } catch (error) {
      if (!isOutdated(error)) throw error;
      // Other connections may have prepared it before its table changed, too.
      return this.executeOnce({ ...statement, prepared: false });
    }
  }

  private async executeOnce(statement: Statement): Promise<Result> {
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
      const connection = new PostgresConnection(client, this.preparedOn(client), () => {
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

  beginStatement(isolation: Isolation | undefined): string {
    return isolation === undefined ? "begin" : `begin isolation level ${isolation}`;
  }

  /** Undefined where nothing is to be prepared. */
  private preparedOn(client: PoolClient): PreparedStatements | undefined {
    if (!this.options.preparedStatements) return undefined;
    let prepared = this.prepared.get(client);
    if (prepared === undefined) {
      prepared = new PreparedStatements(this.names);
      this.prepared.set(client, prepared);
    }
    return prepared;
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
        `no connection within ${this.options.acquireTimeoutMs} ms: ${totalCount} of the pool's ${pool.options.max} are in use ` +
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
      const timer = setTimeout(resolve, this.options.acquireTimeoutMs);
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
  private readonly prepared: PreparedStatements | undefined;
  private readonly left: () => void;
  private isReleased = false;
  /** What the connection broke off with: nothing has to be tried on it any more. */
  private broken: { readonly error: unknown } | undefined;
  private isUncertain = false;

  constructor(client: PoolClient, prepared: PreparedStatements | undefined, left: () => void) {
    this.client = client;
    this.prepared = prepared;
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
    this.client.release(broken || this.isUncertain || this.prepared?.isFull === true);
    this.left();
  }

  private async run({ sql, parameters, prepared, timeoutMs }: Statement): Promise<Result> {
    const name = prepared === true ? this.prepared?.nameOf(sql) : undefined;
    const answer = await this.client.query({
      text: sql,
      values: parameters as unknown[],
      ...(name !== undefined && { name }),
      ...(timeoutMs !== undefined && { query_timeout: timeoutMs }),
    });
    // Several statements in one text, which only schema changes are, give several results.
    const result: QueryResult = Array.isArray(answer) ? answer.at(-1) : answer;
    return { rows: result.rows ?? [], changes: result.rowCount ?? 0 };
  }
}

/** Whether nobody knows what state a connection is in: anything but a refusal by the server, which says how severe it is. */
function isUncertain(error: unknown): boolean {
  const { severity } = error as { readonly severity?: string };
  return severity === undefined || isOutdated(error) || isConnectionFailure(error);
}

/** Whether a statement was prepared before a table of it changed: its connection refuses it for ever. */
function isOutdated(error: unknown): boolean {
  return (error as { readonly routine?: string }).routine === "RevalidateCachedQuery";
}

import type { Configuration } from "@mikro-orm/core";
import { PostgreSqlConnection } from "@mikro-orm/postgresql";
import type { PostgresDialect } from "kysely";
import type { Pool, PoolConfig } from "pg";
import { echoing } from "../connection/echo.ts";
import { joining } from "../connection/joining-driver.ts";
import { PostgresConnections } from "../connection/postgres-connections.ts";
import { Transactions } from "../connection/transactions.ts";
import { PostgresDriver } from "./postgres-driver.ts";
import { makeOrm, type Session, type SessionOptions } from "./session.ts";

/** The client waits so much longer than the server, which says better what was too slow. In ms. */
const GRACE_MS = 1_000;

/** A pool of connections to a PostgreSQL server. Nothing is opened yet. */
export function postgresSession(
  address: { readonly url: string; readonly schema: string | undefined },
  options: SessionOptions,
): Session {
  const { entities, acquireTimeoutMs, preparedStatements } = options;
  let pool: Pool | undefined;
  const connections = echoing(
    new PostgresConnections(
      () => {
        if (pool === undefined) throw new Error("the database is not connected");
        return pool;
      },
      { acquireTimeoutMs, preparedStatements },
    ),
    options.echoTo,
  );
  const transactions = new Transactions(connections, acquireTimeoutMs);

  class OrmConnection extends PostgreSqlConnection {
    // MikroORM makes the pool, since it knows which types it parses by itself.
    override createKyselyDialect(overrides: PoolConfig): PostgresDialect {
      const dialect = super.createKyselyDialect({
        ...overrides,
        onPoolCreated: (made: Pool) => {
          pool = made;
        },
      } as PoolConfig);
      return joining(dialect, transactions) as PostgresDialect;
    }

    override async close(force?: boolean): Promise<void> {
      await pool?.end();
      await super.close(force);
    }
  }

  class OrmDriver extends PostgresDriver {
    constructor(config: Configuration) {
      super(config);
      Object.defineProperty(this, "connection", { value: new OrmConnection(config) });
    }
  }

  const orm = makeOrm({
    driver: OrmDriver,
    clientUrl: address.url,
    ...(address.schema !== undefined && { schema: address.schema }),
    entities,
    driverOptions: poolOptions(address.url, options),
  });
  const open = async () => {
    await orm.connect();
    await connections.open();
  };
  return { orm, connections, transactions, maxTransactions: options.poolSize, open };
}

function poolOptions(
  url: string,
  { poolSize, acquireTimeoutMs, statementTimeoutMs }: SessionOptions,
): PoolConfig {
  return {
    // MikroORM reads the server's address from it; what else it says (TLS, options) is for pg.
    connectionString: url,
    max: poolSize,
    connectionTimeoutMillis: acquireTimeoutMs,
    keepAlive: true,
    ...(statementTimeoutMs !== undefined && {
      statement_timeout: statementTimeoutMs,
      query_timeout: statementTimeoutMs + GRACE_MS,
    }),
  };
}

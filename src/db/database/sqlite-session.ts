import { NodeSqliteDialect, SqliteDriver } from "@mikro-orm/sql";
import { echoing } from "../connection/echo.ts";
import { joining } from "../connection/joining-driver.ts";
import { SqliteConnections } from "../connection/sqlite-connections.ts";
import { Transactions } from "../connection/transactions.ts";
import { makeOrm, type Session, type SessionOptions } from "./session.ts";

/** A file, which is made if it is not there, or a database in memory. Nothing is opened yet. */
export function sqliteSession(path: string, options: SessionOptions): Session {
  const { entities, acquireTimeoutMs, busyTimeoutMs, echoTo } = options;
  const connections = echoing(new SqliteConnections({ path, acquireTimeoutMs, busyTimeoutMs }), echoTo);
  const transactions = new Transactions(connections, acquireTimeoutMs);
  const orm = makeOrm({
    driver: SqliteDriver,
    dbName: path,
    driverOptions: joining(new NodeSqliteDialect(path), transactions),
    entities,
  });
  const open = async () => {
    await connections.open();
    await orm.connect();
  };
  return { orm, connections, transactions, maxTransactions: 1, open };
}

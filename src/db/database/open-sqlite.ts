import { NodeSqliteDialect, SqliteDriver } from "@mikro-orm/sql";
import { joining } from "../connection/joining-driver.ts";
import { SqliteConnections } from "../connection/sqlite-connections.ts";
import { Transactions } from "../connection/transactions.ts";
import { connectOrm, type Session, type SessionOptions } from "./session.ts";

/** Opens a file, which is made if it is not there, or a database in memory. */
export async function openSqlite(path: string, options: SessionOptions): Promise<Session> {
  const { entities, acquireTimeoutMs, busyTimeoutMs } = options;
  const connections = options.observed(new SqliteConnections({ path, acquireTimeoutMs, busyTimeoutMs }));
  const transactions = new Transactions(connections, acquireTimeoutMs);
  await connections.open();
  try {
    const orm = await connectOrm({
      driver: SqliteDriver,
      dbName: path,
      driverOptions: joining(new NodeSqliteDialect(path), transactions),
      entities,
    });
    return { dialect: "sqlite", orm, connections, transactions };
  } catch (error) {
    await connections.close();
    throw error;
  }
}

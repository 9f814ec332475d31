import { ConfigurationError, messageOf, TSModulesError } from "../../core/errors.ts";
import { connectionProblem } from "../connection/driver-error.ts";
import { ConnectionError } from "../errors.ts";
import { entityOf } from "../model/entity.ts";
import { type Address, shownUrl } from "./address.ts";
import type { DatabaseOptions } from "./database-options.ts";
import { needingPostgres } from "./mikro-orm-packages.ts";
import type { Session, SessionOptions } from "./session.ts";

/**
 * Opens what there is while a database is connected, with the driver of that database alone.
 *
 * @throws {ConnectionError} if there is nobody, or who is there refuses; never with a password.
 * @throws {ConfigurationError} if a model is not what it has to be, or a package is missing.
 */
export async function openSession(address: Address, options: DatabaseOptions): Promise<Session> {
  const session = await makeSession(address, sessionOptions(options));
  try {
    await session.open();
    return session;
  } catch (error) {
    await session.connections.close();
    await session.orm.close(true);
    if (error instanceof TSModulesError) throw error;
    const where = shownUrl(options.url);
    throw new ConnectionError(`cannot open ${where}: ${connectionProblem(error)}`, { cause: error });
  }
}

async function makeSession(address: Address, options: SessionOptions): Promise<Session> {
  try {
    if (address.kind === "sqlite") {
      const { sqliteSession } = await import("./sqlite-session.ts");
      return sqliteSession(address.path, options);
    }
    const { postgresSession } = await needingPostgres(() => import("./postgres-session.ts"));
    return postgresSession(address, options);
  } catch (error) {
    if (error instanceof TSModulesError) throw error;
    throw new ConfigurationError(`Database: the models do not fit together: ${messageOf(error)}`);
  }
}

function sessionOptions(options: DatabaseOptions): SessionOptions {
  const { models = [], echo = false, logger = console, statementTimeoutMs } = options;
  const {
    poolSize = 10,
    acquireTimeoutMs = 10_000,
    busyTimeoutMs = 5_000,
    preparedStatements = true,
  } = options;
  return {
    entities: models.map(entityOf),
    poolSize,
    acquireTimeoutMs,
    busyTimeoutMs,
    statementTimeoutMs,
    preparedStatements,
    echoTo: echo ? logger : undefined,
  };
}

import {
  boolean,
  type Environment,
  EnvironmentReader,
  positiveInteger,
  type Reader,
} from "../../core/environment.ts";
import type { DatabaseOptions } from "./database-options.ts";

const anyText: Reader<string> = { expected: "some text", read: (text) => text };
const port: Reader<number> = {
  expected: "a port from 1 to 65535",
  read: (text) =>
    /^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535 ? Number(text) : undefined,
};

const PARTS = ["HOST", "PORT", "NAME", "USER", "PASSWORD"] as const;

/**
 * Reads `TSMODULES_DB_URL`, or the parts of a PostgreSQL URL: `_DB_HOST`, `_DB_PORT` (5432), `_DB_NAME`, `_DB_USER`,
 * `_DB_PASSWORD`; `_DB_POOL_SIZE` and `_DB_ECHO`.
 *
 * @throws {ConfigurationError} naming every variable that is wrong, or what is missing.
 */
export function databaseOptionsFromEnv(env: Environment): Pick<DatabaseOptions, "url" | "poolSize" | "echo"> {
  const environment = new EnvironmentReader(env);
  const read = <T>(name: string, reader: Reader<T>) => environment.read(`TSMODULES_DB_${name}`, reader);
  const url = read("URL", anyText) ?? urlFromParts(environment, read);
  const poolSize = read("POOL_SIZE", positiveInteger);
  const echo = read("ECHO", boolean);
  environment.refuseProblems();
  return {
    url: url ?? "",
    ...(poolSize !== undefined && { poolSize }),
    ...(echo !== undefined && { echo }),
  };
}

type Read = <T>(name: string, reader: Reader<T>) => T | undefined;

function urlFromParts(environment: EnvironmentReader, read: Read): string | undefined {
  const host = read("HOST", anyText);
  const name = read("NAME", anyText);
  const user = read("USER", anyText);
  const password = read("PASSWORD", anyText);
  const atPort = read("PORT", port) ?? 5_432;
  if (host === undefined || name === undefined) {
    environment.complain(
      `TSMODULES_DB_URL must be set, or TSMODULES_DB_HOST and TSMODULES_DB_NAME (${PARTS.map((part) => `_${part}`).join(", ")} make a PostgreSQL URL)`,
    );
    return undefined;
  }
  const url = new URL("postgresql://localhost");
  url.host = host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
  url.port = String(atPort);
  url.pathname = `/${encodeURIComponent(name)}`;
  url.username = encodeURIComponent(user ?? "");
  url.password = encodeURIComponent(password ?? "");
  return url.href;
}

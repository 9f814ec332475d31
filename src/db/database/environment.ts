import {
  boolean,
  type Environment,
  EnvironmentReader,
  positiveInteger,
  type Reader,
} from "../../core/environment.ts";
import { ConfigurationError } from "../../core/errors.ts";
import { DATABASE_NAME, isDatabaseName, parseAddress } from "./address.ts";
import type { DatabaseOptions } from "./database-options.ts";

const anyText: Reader<string> = { expected: "some text", read: (text) => text };
const port: Reader<number> = {
  expected: "a port from 1 to 65535",
  read: (text) =>
    /^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535 ? Number(text) : undefined,
};
const host: Reader<string> = {
  expected: "the name or the address of a host, or the folder of its socket",
  read: (text) => (text.startsWith("/") || isHost(urlHost(text)) ? text : undefined),
};

const databaseName: Reader<string> = {
  expected: DATABASE_NAME,
  read: (text) => (isDatabaseName(text) ? text : undefined),
};

const PARTS = ["HOST", "PORT", "NAME", "USER", "PASSWORD"] as const;
type Part = (typeof PARTS)[number];

/**
 * Reads `TSMODULES_DB_URL`, or the parts of a PostgreSQL URL: `_DB_HOST`, `_DB_PORT` (5432), `_DB_NAME`, `_DB_USER`,
 * `_DB_PASSWORD`, which are not looked at where there is a URL; `_DB_POOL_SIZE` and `_DB_ECHO`.
 *
 * @param otherUrl - What is taken where there is neither a URL nor any of its parts.
 * @throws {ConfigurationError} naming every variable that is wrong, or what is missing.
 */
export function databaseOptionsFromEnv(
  env: Environment,
  otherUrl?: string,
): Pick<DatabaseOptions, "url" | "poolSize" | "echo"> {
  const environment = new EnvironmentReader(env);
  // A part alone is a PostgreSQL's that somebody forgot the rest of: nobody means another database by it.
  const isInParts = PARTS.some((part) => isGiven(env, part));
  const url = wholeUrl(environment) ?? (isInParts ? undefined : otherUrl) ?? urlFromParts(environment, env);
  const poolSize = environment.read("TSMODULES_DB_POOL_SIZE", positiveInteger);
  const echo = environment.read("TSMODULES_DB_ECHO", boolean);
  environment.refuseProblems();
  return {
    url,
    ...(poolSize !== undefined && { poolSize }),
    ...(echo !== undefined && { echo }),
  };
}

function wholeUrl(environment: EnvironmentReader): string | undefined {
  const url = environment.read("TSMODULES_DB_URL", anyText);
  if (url === undefined) return undefined;
  try {
    parseAddress(url, "TSMODULES_DB_URL");
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    for (const problem of error.problems) environment.complain(problem);
  }
  return url;
}

function urlFromParts(environment: EnvironmentReader, env: Environment): string {
  const read = <T>(part: Part, reader: Reader<T>) => environment.read(`TSMODULES_DB_${part}`, reader);
  if (!isGiven(env, "HOST") || !isGiven(env, "NAME")) {
    environment.complain(
      `TSMODULES_DB_URL must be set, or TSMODULES_DB_HOST and TSMODULES_DB_NAME (${PARTS.map((part) => `_${part}`).join(", ")} make a PostgreSQL URL)`,
    );
  }
  const url = new URL("postgresql://localhost");
  const at = read("HOST", host) ?? "localhost";
  if (at.startsWith("/")) url.searchParams.set("host", at);
  else url.host = urlHost(at);
  url.port = String(read("PORT", port) ?? 5_432);
  url.pathname = `/${encodeURIComponent(read("NAME", databaseName) ?? "")}`;
  url.username = encodeURIComponent(read("USER", anyText) ?? "");
  // As it is: a password may begin and end with anything.
  url.password = encodeURIComponent(env.TSMODULES_DB_PASSWORD ?? "");
  return url.href;
}

function isGiven(env: Environment, part: Part): boolean {
  return Boolean(env[`TSMODULES_DB_${part}`]?.trim());
}

function isHost(text: string): boolean {
  return text !== "" && URL.canParse(`postgresql://${text}`);
}

/** A host as it stands in a URL. One with a port in it is none, and neither is anything else that would end it. */
function urlHost(text: string): string {
  const isAddress = /^[\da-f:.]*:[\da-f:.]*:[\da-f:.]*$/i.test(text);
  if (isAddress) return `[${text}]`;
  return /^\[[^\]]*\]$|^[^:/?#@[\]\\\s]+$/.test(text) ? text : "";
}

import { ConfigurationError } from "../../core/errors.ts";

/** Where a database is. */
export type Address =
  | { readonly kind: "sqlite"; readonly path: string }
  | { readonly kind: "postgresql"; readonly url: string; readonly schema: string | undefined };

const EXPECTED = "sqlite::memory:, sqlite:<path> or postgresql://user:password@host:port/name";

/** @throws {ConfigurationError} naming what came, without a password in it, and what was expected. */
export function parseAddress(url: string, owner = "Database: url"): Address {
  if (url.startsWith("sqlite:")) return sqliteAddress(url.slice("sqlite:".length), owner);
  if (/^postgres(?:ql)?:\/\//.test(url)) return postgresAddress(url, owner);
  throw new ConfigurationError(`${owner} must be ${EXPECTED}, not ${shownUrl(url)}`);
}

function sqliteAddress(rest: string, owner: string): Address {
  const path = rest.replace(/^\/\//, "");
  if (path === "")
    throw new ConfigurationError(`${owner} names no file; expected sqlite::memory: or sqlite:<path>`);
  return { kind: "sqlite", path };
}

function postgresAddress(url: string, owner: string): Address {
  if (!URL.canParse(url)) {
    throw new ConfigurationError(
      `${owner} is no valid URL: ${shownUrl(url)}; reserved characters in a user or password are percent-encoded`,
    );
  }
  const parsed = new URL(url);
  const schema = parsed.searchParams.get("schema") ?? undefined;
  parsed.searchParams.delete("schema");
  if (parsed.pathname.length <= 1) {
    throw new ConfigurationError(`${owner} names no database: ${shownUrl(url)}; expected ${EXPECTED}`);
  }
  return { kind: "postgresql", url: parsed.href, schema };
}

/** A URL without its password, for messages. What cannot be read as one shows its beginning alone. */
export function shownUrl(url: string): string {
  if (!url.includes("@")) return JSON.stringify(url);
  return JSON.stringify(url.replace(/\/\/.*@/s, "//***@"));
}

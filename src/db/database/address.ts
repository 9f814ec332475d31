import { ConfigurationError } from "../../core/errors.ts";

/** Where a database is. */
export type Address =
  | { readonly kind: "sqlite"; readonly path: string }
  | { readonly kind: "postgresql"; readonly url: string; readonly schema: string | undefined };

const EXPECTED = "sqlite::memory:, sqlite:<path> or postgresql://user:password@host:port/name";

/** What `isDatabaseName` expects. */
export const DATABASE_NAME = "a name without ? and #, and without . and .. between slashes";

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
  const [file] = path.split("?");
  if (file !== path) {
    throw new ConfigurationError(
      `${owner} has parameters after ${shownUrl(`sqlite:${file}`)}, of which SQLite's has none; expected sqlite:<path>`,
    );
  }
  return { kind: "sqlite", path };
}

function postgresAddress(url: string, owner: string): Address {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !isDecodable(parsed)) {
    throw new ConfigurationError(
      `${owner} is no valid URL: ${shownUrl(url)}; reserved characters in a user or password are percent-encoded`,
    );
  }
  if (parsed.pathname.length <= 1) {
    throw new ConfigurationError(`${owner} names no database: ${shownUrl(url)}; expected ${EXPECTED}`);
  }
  const name = decodeURIComponent(parsed.pathname.slice(1));
  if (!isDatabaseName(name)) {
    throw new ConfigurationError(
      `${owner} names the database ${JSON.stringify(name)}; expected ${DATABASE_NAME}`,
    );
  }
  parsed.pathname = pathOf(name);
  const schema = parsed.searchParams.get("schema") || undefined;
  parsed.searchParams.delete("schema");
  if (schema !== undefined) searchFirst(parsed, schema);
  return { kind: "postgresql", url: parsed.href, schema };
}

function isDecodable({ username, password, pathname }: URL): boolean {
  try {
    for (const part of [username, password, pathname]) decodeURIComponent(part);
    return true;
  } catch {
    return false;
  }
}

/**
 * Whether a URL can say the name. What reads it, pg, decodes no character that has a meaning in a URL: such a character
 * stands in the path as it is. A question mark would begin parameters there, and dots between slashes lead elsewhere.
 */
export function isDatabaseName(name: string): boolean {
  const url = new URL("postgresql://localhost");
  url.pathname = pathOf(name);
  return decodeURI(url.pathname) === `/${name}`;
}

function pathOf(name: string): string {
  return `/${encodeURI(name)}`;
}

/** Lets every connection look into a schema, whatever else it is told. */
function searchFirst(url: URL, schema: string): void {
  const path = `"${schema.replaceAll('"', '""')}"`.replaceAll(/[\\ ]/g, "\\$&");
  const options = [url.searchParams.get("options"), `-c search_path=${path}`];
  url.searchParams.set("options", options.filter(Boolean).join(" "));
}

/**
 * A URL for messages: where it leads, without user, password and parameters. Of what cannot be read as a URL the scheme
 * alone is shown, since a password may be anywhere.
 */
export function shownUrl(url: string): string {
  const [, scheme = ""] = /^([a-z][a-z\d+.-]*:)/i.exec(url) ?? [];
  if (scheme === "sqlite:") return JSON.stringify(url);
  if (scheme === "") return /[@:;=?]/.test(url) ? "something without a scheme" : JSON.stringify(url);
  if (!url.startsWith(`${scheme}//`) || !URL.canParse(url)) return JSON.stringify(`${scheme}…`);
  const { host, pathname, username, password } = new URL(url);
  const who = username === "" && password === "" ? "" : "***@";
  return JSON.stringify(`${scheme}//${who}${host}${pathname}`);
}

/** A vendor's key: simple, or a tenant and a system. */
const KEY = /^(?:[a-z][a-z0-9_\-*/]{0,255}|[a-z0-9][a-z0-9_\-*/]{0,240}@[a-z][a-z0-9_\-*/]{0,13})$/;
const VALUE = /^[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;
const MAX_MEMBERS = 32;

/**
 * Reads a `tracestate` and gives it back in its shortest form, or undefined if it is malformed, too long or empty: it
 * is then dropped as a whole, and the trace goes on without it.
 *
 * @see https://www.w3.org/TR/trace-context-2/#tracestate-header
 */
export function parseTracestate(text: string | undefined): string | undefined {
  const members = (text ?? "")
    .split(",")
    .map((member) => member.replace(/^[ \t]+|[ \t]+$/g, ""))
    .filter((member) => member !== "");
  if (members.length === 0 || members.length > MAX_MEMBERS) return undefined;
  const keys = new Set<string>();
  for (const member of members) {
    const equals = member.indexOf("=");
    const key = member.slice(0, equals);
    if (equals < 0 || !KEY.test(key) || !VALUE.test(member.slice(equals + 1)) || keys.has(key))
      return undefined;
    keys.add(key);
  }
  return members.join(",");
}

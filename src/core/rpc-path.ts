/**
 * Where an event is called by its name, below the prefix of a router: `/~/user.create`. Names may be any text, paths may
 * not: what is no letter, digit, `.`, `_` or `-` becomes `~` and the two hex digits of each of its bytes.
 */
export function rpcPath(eventName: string): string {
  return `/~/${eventName.replace(/[^\w.-]/gu, escaped)}`;
}

function escaped(character: string): string {
  return Array.from(
    new TextEncoder().encode(character),
    (byte) => `~${byte.toString(16).padStart(2, "0")}`,
  ).join("");
}

/**
 * Where an event is called by its name, below the prefix of a router: `/~/user.create`. Names may be any text, paths may
 * not: what is no letter, digit, `.`, `_` or `-` becomes its code point in hex between two `~`, and so does a name of dots
 * alone, which would be a step up.
 */
export function rpcPath(eventName: string): string {
  return `/~/${eventName.replace(/[^\w.-]|^\.+$/gu, escaped)}`;
}

function escaped(text: string): string {
  return Array.from(text, (character) => `~${character.codePointAt(0)?.toString(16)}~`).join("");
}

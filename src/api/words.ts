/** The words of a name in camel, Pascal, snake or kebab case, in lower case: `HTTPServerLog` is http, server, log. */
export function wordsOf(name: string): readonly string[] {
  return name
    .replace(/(\p{Ll}|\p{N})(\p{Lu})/gu, "$1 $2")
    .replace(/(\p{Lu}+)(\p{Lu}\p{Ll})/gu, "$1 $2")
    .toLowerCase()
    .split(/[^\p{L}\p{M}\p{N}]+/u)
    .filter((word) => word !== "");
}

/** `orderItem` of order, item. */
export function camelCase([first = "", ...rest]: readonly string[]): string {
  return first + rest.map(capitalized).join("");
}

/** `Order Item` of order, item. */
export function titleCase(words: readonly string[]): string {
  return words.map(capitalized).join(" ");
}

function capitalized(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

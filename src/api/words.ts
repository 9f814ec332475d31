import pluralize from "pluralize";

/** The words of a name in camel, Pascal, snake or kebab case, in lower case: `HTTPServerLog` is http, server, log. */
export function wordsOf(name: string): readonly string[] {
  return name
    .replace(/([a-z\d])([A-Z])/g, "$1 $2")
    .replace(/([A-Z]+)([A-Z][a-z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== "");
}

/** The words with the last one in the plural, whichever it was in. */
export function plural(words: readonly string[]): readonly string[] {
  return withLast(words, pluralize.plural);
}

export function singular(words: readonly string[]): readonly string[] {
  return withLast(words, pluralize.singular);
}

export function kebabCase(words: readonly string[]): string {
  return words.map(encodeURIComponent).join("-");
}

export function titleCase(words: readonly string[]): string {
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join(" ");
}

function withLast(words: readonly string[], change: (word: string) => string): readonly string[] {
  return words.map((word, index) => (index === words.length - 1 ? change(word) : word));
}

import pluralize from "pluralize";
import { ConfigurationError } from "../core/errors.ts";
import { wordsOf } from "./words.ts";

/** Words in the singular and the plural; each may be given in either. */
export interface Inflection {
  plural(word: string): string;
  singular(word: string): string;
}

/**
 * English, with plurals of the application's own in front. They are kept here, because what the package itself is told
 * holds for everybody in the process.
 *
 * @throws {ConfigurationError} naming each custom plural that is not one word for one word.
 */
export function inflectionWith(customPlurals: Readonly<Record<string, string>> = {}): Inflection {
  const pairs = pairsOf(customPlurals);
  const pluralOf = new Map(pairs);
  const singularOf = new Map(pairs.map(([one, many]) => [many, one]));

  const singular = (word: string) =>
    pluralOf.has(word) ? word : (singularOf.get(word) ?? pluralize.singular(word));
  const plural = (word: string) => pluralOf.get(singular(word)) ?? pluralize.plural(word);
  return { plural, singular };
}

function pairsOf(customPlurals: Readonly<Record<string, unknown>>): (readonly [string, string])[] {
  if (typeof customPlurals !== "object" || customPlurals === null) {
    throw new ConfigurationError(`customPlurals must be an object, not ${JSON.stringify(customPlurals)}`);
  }
  const problems: string[] = [];
  const pairs = Object.entries(customPlurals).map(([one, many]) => {
    const [singular, plural] = [aloneWord(one), aloneWord(many)];
    if (singular === undefined || plural === undefined)
      problems.push(`customPlurals must be one word for one word, not ${JSON.stringify({ [one]: many })}`);
    return [singular ?? "", plural ?? ""] as const;
  });
  if (problems.length > 0) throw new ConfigurationError(problems);
  return pairs;
}

/** Undefined for what is no word, or several. */
function aloneWord(value: unknown): string | undefined {
  const words = typeof value === "string" ? wordsOf(value) : [];
  return words.length === 1 ? words[0] : undefined;
}

import { CONVENTIONS, type EventWords } from "./convention.ts";
import type { Inflection } from "./inflection.ts";
import { titleCase, wordsOf } from "./words.ts";

/** What a name consists of, in words. */
interface Parts {
  readonly action: readonly string[];
  readonly thing: readonly string[];
  readonly preposition?: string | undefined;
}

/** Reads `user.create`, `shop.user.create`, `CreateUser` and `CreateUserEvent` alike. */
export function eventWords(name: string, { plural, singular }: Inflection): EventWords {
  const { action, thing, preposition } = partsOf(name);
  const object = thing[0] === preposition ? thing.slice(1) : thing;
  const front = object.slice(0, -1);
  const last = object.slice(-1);
  return {
    name,
    action: action.join("_"),
    thing: [...front, ...last.map(singular)].join("_"),
    things: [...front, ...last.map(plural)].join("_"),
    title: titleCase([...action, ...thing]),
  };
}

/** Of a name with dots the last two parts are thing and action. */
function partsOf(name: string): Parts {
  const [last = "", thing] = name.split(".").filter(Boolean).toReversed();
  return thing === undefined
    ? partsOfClassName(wordsOf(last))
    : { action: wordsOf(last), thing: wordsOf(thing) };
}

/**
 * `CreateUser`: the longest listed action in front wins, else the first word is the action. An `Event` at the end is no
 * part of the name, unless it is the only thing there is: `CreateEvent`.
 */
function partsOfClassName(words: readonly string[]): Parts {
  const named = words.length > 1 && words.at(-1) === "event" ? words.slice(0, -1) : words;
  return listedParts(named) ?? listedParts(words) ?? { action: named.slice(0, 1), thing: named.slice(1) };
}

/** Undefined if no listed action stands in front of a thing, or without one where it needs none. */
function listedParts(words: readonly string[]): Parts | undefined {
  for (let length = words.length; length > 0; length--) {
    const action = words.slice(0, length);
    const thing = words.slice(length);
    const row = CONVENTIONS.find(({ actions }) => actions.includes(action.join("_")));
    if (row === undefined || (thing.length === 0 && row.place !== "things/verb")) continue;
    return { action, thing, preposition: row.preposition };
  }
  return undefined;
}

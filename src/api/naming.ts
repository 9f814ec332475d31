import { checkOptions } from "../core/check-options.ts";
import { type Convention, type ConventionalRoute, conventionalRoute, type EventWords } from "./convention.ts";
import { eventWords } from "./event-words.ts";
import { ROUTE_CHECKS } from "./http-options.ts";
import { type Inflection, inflectionWith } from "./inflection.ts";
import { titleCase } from "./words.ts";

/** How routes are found by names. */
export interface Naming {
  readonly convention: Convention;
  readonly inflection: Inflection;
}

export const DEFAULT_NAMING: Naming = { convention: conventionalRoute, inflection: inflectionWith() };

/** A route, and the words that it was found by. */
export interface NamedRoute extends Required<ConventionalRoute> {
  readonly words: EventWords;
}

/** @throws {ConfigurationError} if the convention gives no route, or a wrong one. */
export function routeByName(name: string, { convention, inflection }: Naming): NamedRoute {
  const words = eventWords(name, inflection);
  const route = convention(words);
  checkOptions(route, ROUTE_CHECKS, `the convention's route of "${name}"`, ["method", "path"]);
  return {
    words,
    method: route.method,
    path: route.path,
    creates: route.creates ?? false,
    tags: route.tags ?? [titleCase(words.things.split("_")) || "Default"],
    summary: route.summary ?? words.title,
  };
}

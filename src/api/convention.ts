import type { HttpMethod } from "./endpoint.ts";
import { kebabCase, plural, singular, titleCase, wordsOf } from "./words.ts";

/** Where an action takes place: on all things, on one of them, or by name under either. */
type Place = "things" | "thing" | "bulk" | "things/verb" | "thing/verb";

interface Convention {
  readonly actions: readonly string[];
  readonly method: HttpMethod;
  readonly place: Place;
}

/** What an action says about its route; whatever is not listed is `POST /things/verb`. */
export const CONVENTIONS: readonly Convention[] = [
  { actions: ["create"], method: "POST", place: "things" },
  { actions: ["list"], method: "GET", place: "things" },
  { actions: ["get"], method: "GET", place: "thing" },
  { actions: ["update"], method: "PUT", place: "thing" },
  { actions: ["patch"], method: "PATCH", place: "thing" },
  { actions: ["delete"], method: "DELETE", place: "thing" },
  { actions: ["find"], method: "GET", place: "things/verb" },
  { actions: ["search", "query", "import", "export"], method: "POST", place: "things/verb" },
  { actions: ["bulk_create"], method: "POST", place: "bulk" },
  { actions: ["bulk_update"], method: "PUT", place: "bulk" },
  { actions: ["bulk_delete"], method: "DELETE", place: "bulk" },
  {
    actions: [
      ...["refresh", "start", "stop", "pause", "resume", "launch", "complete", "cancel", "close", "move"],
      ...["archive", "restore", "activate", "deactivate", "test"],
    ],
    method: "POST",
    place: "thing/verb",
  },
  { actions: ["get_members"], method: "GET", place: "thing/verb" },
  { actions: ["add_member", "add_tags"], method: "POST", place: "thing/verb" },
  { actions: ["remove_member", "remove_tags"], method: "DELETE", place: "thing/verb" },
  {
    actions: [
      ...["register", "authenticate", "login", "logout", "refresh_token", "change_password"],
      ...["reset_password", "verify", "validate"],
    ],
    method: "POST",
    place: "things/verb",
  },
];

const UNLISTED = { method: "POST", place: "things/verb" } as const;

/** A route as an event's name suggests it. */
export interface ConventionalRoute {
  readonly method: HttpMethod;
  /** With the parameter, if there is one, as `{id}`. */
  readonly path: string;
  /** The things' name in the singular, camel case; empty where the name has no thing. */
  readonly thing: string;
  readonly creates: boolean;
  readonly tag: string;
  readonly summary: string;
}

/** Reads `user.create`, `shop.user.create` and `CreateUser` alike: POST /users. */
export function conventionalRoute(eventName: string): ConventionalRoute {
  const { thing, action } = partsOf(eventName);
  const { method, place } = CONVENTIONS.find(({ actions }) => actions.includes(action)) ?? UNLISTED;
  const things = thing.length === 0 ? "" : `/${kebabCase(plural(thing))}`;
  const verb = `/${kebabCase(action.split("_"))}`;
  const path = {
    things,
    thing: `${things}/{id}`,
    bulk: `${things}/bulk`,
    "things/verb": `${things}${verb}`,
    "thing/verb": `${things}/{id}${verb}`,
  }[place];
  return {
    method,
    path: path || "/",
    thing: camelCase(singular(thing)),
    creates: place === "things" && method === "POST",
    tag: titleCase(plural(thing)) || "Default",
    summary: titleCase([...action.split("_"), ...thing]),
  };
}

/** The words of the thing, and the action in snake case. */
function partsOf(eventName: string): { thing: readonly string[]; action: string } {
  const parts = eventName.split(".").filter((part) => part !== "");
  const action = parts.at(-1);
  const thing = parts.at(-2);
  if (action !== undefined && thing !== undefined) {
    return { thing: wordsOf(thing), action: wordsOf(action).join("_") };
  }
  return partsOfClassName(wordsOf(eventName.replace(/(?<=.)Event$/, "")));
}

/** `CreateUser`: the longest listed action in front wins, else the first word is the action. */
function partsOfClassName(words: readonly string[]) {
  const listed = CONVENTIONS.flatMap(({ actions }) => actions);
  for (let length = words.length; length > 0; length--) {
    const action = words.slice(0, length).join("_");
    if (listed.includes(action)) return { thing: words.slice(length), action };
  }
  return { thing: words.slice(1), action: words[0] ?? "" };
}

function camelCase([first = "", ...rest]: readonly string[]): string {
  return first + rest.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
}

import type { HttpOptions } from "../core/contract.ts";

/** What is known of an event when its route is looked for. Words are in snake case: `order_item`. */
export interface EventWords {
  /** The event's name as it is: `shop.orderItem.create`. */
  readonly name: string;
  readonly action: string;
  /** In the singular; empty where the name has no thing. */
  readonly thing: string;
  /** In the plural, custom plurals included; empty where the name has no thing. */
  readonly things: string;
  /** Action and thing as they were written, in title case: `Create Order Item`. */
  readonly title: string;
}

/** A route as an event's name suggests it. What the contract says under `http` comes before. */
export interface ConventionalRoute {
  readonly method: NonNullable<HttpOptions["method"]>;
  /** `{id}` stands for whichever of `userId`, `user_id` and `id` the input has, if the thing is a user. */
  readonly path: string;
  /** By POST it is answered with 201. @default false */
  readonly creates?: boolean;
  /** @default the things, in title case */
  readonly tags?: readonly string[];
  /** @default the event's `title` */
  readonly summary?: string;
}

/** Says where an event is found, by its name. */
export type Convention = (event: EventWords) => ConventionalRoute;

/** Where an action takes place: on all things, on one of them, or by name under either. */
type Place = "things" | "thing" | "bulk" | "things/verb" | "thing/verb";

interface Row {
  readonly actions: readonly string[];
  readonly method: ConventionalRoute["method"];
  readonly place: Place;
  /** What stands between action and thing in a class's name: `AddMemberToTeam`. */
  readonly preposition?: string;
}

/** What an action says about its route; whatever is not listed is `POST /things/verb`. */
export const CONVENTIONS: readonly Row[] = [
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
  { actions: ["get_members"], method: "GET", place: "thing/verb", preposition: "of" },
  { actions: ["add_member", "add_tags"], method: "POST", place: "thing/verb", preposition: "to" },
  { actions: ["remove_member", "remove_tags"], method: "DELETE", place: "thing/verb", preposition: "from" },
  {
    actions: [
      ...["register", "authenticate", "login", "logout", "refresh_token", "change_password"],
      ...["reset_password", "verify", "validate"],
    ],
    method: "POST",
    place: "things/verb",
  },
];

const UNLISTED: Omit<Row, "actions"> = { method: "POST", place: "things/verb" };

/**
 * The convention in force where an application has none of its own: `user.create` and `CreateUser` are POST /users.
 *
 * @example
 * const convention: Convention = (event) =>
 *   event.action === "count" ? { method: "GET", path: `/${event.things}/count` } : conventionalRoute(event);
 * new ModuleRouter(host, { convention });
 */
export function conventionalRoute({ action, things }: EventWords): ConventionalRoute {
  const { method, place } = CONVENTIONS.find(({ actions }) => actions.includes(action)) ?? UNLISTED;
  const base = things === "" ? "" : `/${kebabCase(things)}`;
  const verb = `/${kebabCase(action)}`;
  const path = {
    things: base,
    thing: `${base}/{id}`,
    bulk: `${base}/bulk`,
    "things/verb": `${base}${verb}`,
    "thing/verb": `${base}/{id}${verb}`,
  }[place];
  return { method, path: path || "/", creates: place === "things" && method === "POST" };
}

function kebabCase(snakeCase: string): string {
  return snakeCase.replaceAll("_", "-");
}

import { type Check, type Checks, checkOptions, text } from "../../core/check-options.ts";
import { ConfigurationError } from "../../core/errors.ts";
import type { AnyEventClass } from "../../core/event.ts";
import { type Sql, sql } from "../query/sql.ts";

/** Which dead letters: those for which everything holds that is given, all if nothing is. */
export interface DeadLetterFilter {
  readonly ids?: readonly string[];
  /** Of these events, as classes or by name. */
  readonly events?: readonly (AnyEventClass | string)[];
  /** Of a module's handlers. */
  readonly moduleName?: string;
  /** That failed, the last time, at this time or later. */
  readonly since?: Date;
  /** That failed, the last time, before this time. */
  readonly before?: Date;
}

const date: Check = (value) =>
  value instanceof Date && !Number.isNaN(value.getTime()) ? undefined : "a valid Date";
const events: Check = (value) =>
  Array.isArray(value) && value.every((event) => typeof nameOf(event) === "string")
    ? undefined
    : "a list of event classes or names";

const ids: Check = (value) =>
  Array.isArray(value) && value.every((id) => typeof id === "string") ? undefined : "a list of ids";

const FILTER_CHECKS: Checks<DeadLetterFilter> = { ids, events, moduleName: text, since: date, before: date };

/** A condition for `where`. @throws {ConfigurationError} naming what is unknown or wrong. */
export function filterCondition(filter: DeadLetterFilter, operation: string): Sql {
  checkOptions(filter, FILTER_CHECKS, `DatabaseDeadLetterStore.${operation}`);
  refuseUndefined(filter, operation);
  const { ids: wantedIds, events: wanted, moduleName, since, before } = filter;
  const conditions: Sql[] = [];
  if (wantedIds !== undefined) conditions.push(isOneOf(sql`id`, wantedIds));
  if (wanted !== undefined) conditions.push(isOneOf(sql`event_name`, wanted.map(nameOf)));
  if (moduleName !== undefined) conditions.push(sql`module_name = ${moduleName}`);
  if (since !== undefined) conditions.push(sql`failed_at >= ${since.getTime()}`);
  if (before !== undefined) conditions.push(sql`failed_at < ${before.getTime()}`);
  return conditions.reduce((all, condition) => sql`${all} and ${condition}`, sql`1 = 1`);
}

/** One that somebody forgot to set would mean every letter. */
function refuseUndefined(filter: DeadLetterFilter, operation: string): void {
  const unset = Object.entries(filter).find(([, value]) => value === undefined);
  if (unset === undefined) return;
  throw new ConfigurationError(
    `DatabaseDeadLetterStore.${operation}: ${unset[0]} is undefined; leave it out if it does not matter`,
  );
}

function isOneOf(column: Sql, values: readonly unknown[]): Sql {
  return values.length === 0 ? sql`1 = 0` : sql`${column} in (${values})`;
}

function nameOf(event: AnyEventClass | string | undefined): string | undefined {
  return typeof event === "string" ? event : event?.eventName;
}

import { type Check, type Checks, checkOptions, text } from "../../core/check-options.ts";
import type { AnyEventClass } from "../../core/event.ts";
import { type Sql, sql } from "../query/sql.ts";

/** Which dead letters; those for which everything holds that is given. */
export interface DeadLetterFilter {
  /** Of these events, as classes or by name. */
  readonly events?: readonly (AnyEventClass | string)[] | undefined;
  /** Of a module's handlers. */
  readonly moduleName?: string | undefined;
  /** That failed, the last time, at this time or later. */
  readonly since?: Date | undefined;
  /** That failed, the last time, before this time. */
  readonly before?: Date | undefined;
}

const date: Check = (value) =>
  value instanceof Date && !Number.isNaN(value.getTime()) ? undefined : "a valid Date";
const events: Check = (value) =>
  Array.isArray(value) && value.every((event) => typeof nameOf(event) === "string")
    ? undefined
    : "a list of event classes or names";

const FILTER_CHECKS: Checks<DeadLetterFilter> = { events, moduleName: text, since: date, before: date };

/** A condition for `where`. @throws {ConfigurationError} naming what is unknown or wrong. */
export function filterCondition(filter: DeadLetterFilter, operation: string): Sql {
  checkOptions(filter, FILTER_CHECKS, `DatabaseDeadLetterStore.${operation}`);
  const { events: wanted, moduleName, since, before } = filter;
  const conditions: Sql[] = [];
  if (wanted?.length === 0) conditions.push(sql`1 = 0`);
  else if (wanted !== undefined) conditions.push(sql`event_name in (${wanted.map(nameOf)})`);
  if (moduleName !== undefined) conditions.push(sql`module_name = ${moduleName}`);
  if (since !== undefined) conditions.push(sql`failed_at >= ${since.getTime()}`);
  if (before !== undefined) conditions.push(sql`failed_at < ${before.getTime()}`);
  return conditions.reduce((all, condition) => sql`${all} and ${condition}`, sql`1 = 1`);
}

function nameOf(event: AnyEventClass | string | undefined): string | undefined {
  return typeof event === "string" ? event : event?.eventName;
}

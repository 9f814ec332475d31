import type { DialectName } from "../dialect.ts";
import { type Sql, sql } from "../query/sql.ts";

/**
 * The time of the database in epoch ms, as an expression: processes on several machines have no other clock in common.
 * Within a transaction it goes on.
 */
export function serverTime(dialect: DialectName): Sql {
  return dialect === "sqlite"
    ? sql`cast(unixepoch('subsec') * 1000 as integer)`
    : sql`floor(extract(epoch from clock_timestamp()) * 1000)::bigint`;
}

/** Ends a query for rows to be changed: those that somebody else is changing are left to them. */
export function skippingLocked(dialect: DialectName): Sql {
  return dialect === "sqlite" ? sql`` : sql`for update skip locked`;
}

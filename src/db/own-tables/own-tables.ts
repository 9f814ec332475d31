import { sql } from "../query/sql.ts";
import { OwnTable } from "./own-table.ts";

/** The letters of `DatabaseDeadLetterStore`, in the order in which they came. */
export const DEAD_LETTERS = new OwnTable("tsmodules_dead_letters", (dialect) => [
  sql`
    create table if not exists tsmodules_dead_letters (
      position ${
        dialect === "sqlite"
          ? sql`integer primary key autoincrement`
          : sql`bigint generated always as identity primary key`
      },
      id text not null unique,
      event_name text not null,
      module_name text,
      failed_at bigint not null,
      letter text not null,
      claimed_by text,
      claimed_until bigint
    )
  `,
  sql`
    create index if not exists tsmodules_dead_letters_event on tsmodules_dead_letters (event_name, position)
  `,
]);

/**
 * The keys of `DatabaseIdempotencyStore`, as their digests: an index does not take any length. One whose call is done has
 * no lease.
 */
export const IDEMPOTENCY_KEYS = new OwnTable("tsmodules_idempotency_keys", () => [
  sql`
    create table if not exists tsmodules_idempotency_keys (
      key_hash text primary key,
      fingerprint text not null,
      owner text not null,
      leased_until bigint,
      expires_at bigint not null,
      output text
    )
  `,
  sql`
    create index if not exists tsmodules_idempotency_keys_expiry on tsmodules_idempotency_keys (expires_at)
  `,
]);

/** Those that `recreateSchema` makes anew. */
export const OWN_TABLES: readonly OwnTable[] = [DEAD_LETTERS, IDEMPOTENCY_KEYS];

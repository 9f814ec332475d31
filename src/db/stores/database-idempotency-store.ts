import { aClock, type Checks, checkOptions, positiveMs } from "../../core/check-options.ts";
import { type Clock, systemClock } from "../../core/clock.ts";
import { messageOf } from "../../core/errors.ts";
import type { IdempotencyClaim, IdempotencyStore } from "../../core/policies.ts";
import { travelText } from "../../core/travel.ts";
import type { Database } from "../database/database.ts";
import { DatabaseError } from "../errors.ts";
import { IDEMPOTENCY_KEYS } from "../own-tables/own-tables.ts";
import { sql } from "../query/sql.ts";
import { Leases } from "./leases.ts";
import { serverTime, skippingLocked } from "./server-time.ts";

export interface DatabaseIdempotencyStoreOptions {
  /** How long a key stays taken after the process that handles it has died, in ms. @default 30_000 */
  readonly leaseMs?: number;
  /** Tells when claims are renewed; keys expire by the database's own time. */
  readonly clock?: Clock;
}

const CHECKS: Checks<DatabaseIdempotencyStoreOptions> = { leaseMs: positiveMs, clock: aClock };

const CLEAN_EVERY_MS = 60_000;
const CLEAN_AT_ONCE = 1_000;

interface KeyRow {
  readonly fingerprint: string;
  readonly output: string | null;
  readonly leased_until: number | string | null;
}

/**
 * Keeps idempotency keys in a database, so that of all processes that use it one runs a call, and the others get its
 * outcome. Its table is made when it is first needed.
 *
 * A claim in a transaction is a part of it: the key and what the handler did are kept together, or neither is. Others
 * that ask for the key wait for the transaction's end.
 *
 * @example
 * const host = new ModuleHost({ idempotency: { store: new DatabaseIdempotencyStore(db) } });
 */
export class DatabaseIdempotencyStore implements IdempotencyStore {
  private readonly db: Database;
  private readonly leaseMs: number;
  private readonly clock: Clock;
  private readonly leases: Leases;
  /** Who claimed which key in a transaction. */
  private readonly owners = new Map<string, string>();
  private cleanAt = Number.NEGATIVE_INFINITY;

  /** @throws {ConfigurationError} naming each option that is wrong. */
  constructor(db: Database, options: DatabaseIdempotencyStoreOptions = {}) {
    checkOptions(options, CHECKS, "DatabaseIdempotencyStore");
    const { leaseMs = 30_000, clock = systemClock } = options;
    this.db = db;
    this.leaseMs = Math.ceil(leaseMs);
    this.clock = clock;
    this.leases = new Leases(clock, leaseMs, (key, owner) => this.renew(key, owner));
  }

  /** @throws {DatabaseError} if the database refuses or is not there. */
  async claim(key: string, fingerprint: string, ttlMs: number): Promise<IdempotencyClaim> {
    await IDEMPOTENCY_KEYS.prepare(this.db);
    await this.clean();
    const owner = crypto.randomUUID();
    for (;;) {
      if (await this.take(key, fingerprint, owner, Math.ceil(ttlMs))) {
        if (this.isTentative()) this.owners.set(key, owner);
        else this.leases.hold(key, owner);
        return { status: "claimed" };
      }
      const known = await this.find(key);
      // Given back since somebody else was found to have it.
      if (known === undefined) continue;
      const { fingerprint: theirs, output, leased_until } = known;
      if (leased_until !== null) return { status: "running", fingerprint: theirs };
      return {
        status: "done",
        fingerprint: theirs,
        output: output === null ? undefined : JSON.parse(output),
      };
    }
  }

  /**
   * @throws {DatabaseError} if the database refuses or is not there, or the output cannot be said in JSON. The key is
   *   free again then once its lease is over.
   */
  async complete(key: string, output: unknown): Promise<void> {
    const owner = this.ownerOf(key);
    const text = outputText(output);
    // Whose lease was over, since the process stood still, has lost the key to whoever asked for it meanwhile.
    await this.db.execute(sql`
      update ${IDEMPOTENCY_KEYS.sql} set output = ${text}, leased_until = null
      where key = ${key} and owner = ${owner} and leased_until is not null
    `);
  }

  /** @throws {DatabaseError} if the database refuses or is not there; the key is free again once its lease is over. */
  async release(key: string): Promise<void> {
    const owner = this.ownerOf(key);
    await this.db.execute(sql`delete from ${IDEMPOTENCY_KEYS.sql} where key = ${key} and owner = ${owner}`);
  }

  /** Within a transaction. @throws {ConnectionError} if the database is not connected. */
  isTentative(): boolean {
    return this.db.connected.transactions.running !== undefined;
  }

  private ownerOf(key: string): string | null {
    const owner = this.owners.get(key);
    this.owners.delete(key);
    return owner ?? this.leases.drop(key) ?? null;
  }

  /** One statement, so that of many who ask at once one gets the key. */
  private async take(key: string, fingerprint: string, owner: string, ttlMs: number): Promise<boolean> {
    const now = serverTime(this.db.dialect);
    const table = IDEMPOTENCY_KEYS.sql;
    const taken = await this.db.execute(sql`
      insert into ${table} (key, fingerprint, owner, leased_until, expires_at)
      values (${key}, ${fingerprint}, ${owner}, ${now} + ${this.leaseMs}, ${now} + ${ttlMs})
      on conflict (key) do update set
        fingerprint = excluded.fingerprint, owner = excluded.owner, leased_until = excluded.leased_until,
        expires_at = excluded.expires_at, output = null
      where coalesce(${table}.leased_until, ${table}.expires_at) <= ${now}
    `);
    return taken > 0;
  }

  private async find(key: string): Promise<KeyRow | undefined> {
    const [row] = await this.db.query<KeyRow>(sql`
      select fingerprint, output, leased_until from ${IDEMPOTENCY_KEYS.sql} where key = ${key}
    `);
    return row;
  }

  private renew(key: string, owner: string): Promise<unknown> {
    return this.db.execute(sql`
      update ${IDEMPOTENCY_KEYS.sql} set leased_until = ${serverTime(this.db.dialect)} + ${this.leaseMs}
      where key = ${key} and owner = ${owner} and leased_until is not null
    `);
  }

  /** Now and then, keys whose time is over go; not in somebody's transaction, which may last. */
  private async clean(): Promise<void> {
    const now = this.clock.now();
    if (now < this.cleanAt || this.isTentative()) return;
    this.cleanAt = now + CLEAN_EVERY_MS;
    const { dialect } = this.db;
    await this.db.execute(sql`
      delete from ${IDEMPOTENCY_KEYS.sql} where key in (
        select key from ${IDEMPOTENCY_KEYS.sql}
        where expires_at <= ${serverTime(dialect)} and coalesce(leased_until, 0) <= ${serverTime(dialect)}
        limit ${CLEAN_AT_ONCE} ${skippingLocked(dialect)}
      )
    `);
  }
}

function outputText(output: unknown): string | null {
  try {
    return travelText(output) ?? null;
  } catch (error) {
    throw new DatabaseError(
      `an outcome cannot be kept, since it cannot be said in JSON: ${messageOf(error)}`,
      {
        cause: error,
      },
    );
  }
}

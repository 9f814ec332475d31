import { aClock, type Checks, checkOptions, positiveMs } from "../../core/check-options.ts";
import { type Clock, systemClock } from "../../core/clock.ts";
import { digest } from "../../core/digest.ts";
import { messageOf } from "../../core/errors.ts";
import type { IdempotencyClaim, IdempotencyStore } from "../../core/policies.ts";
import { travelText } from "../../core/travel.ts";
import type { Database } from "../database/database.ts";
import { DatabaseError } from "../errors.ts";
import { IDEMPOTENCY_KEYS } from "../own-tables/own-tables.ts";
import { sql } from "../query/sql.ts";
import { Leases } from "./leases.ts";
import { serverTime, skippingLocked } from "./server-time.ts";
import { textList } from "./text-list.ts";
import { whileAway } from "./while-away.ts";

/** How keys are held. */
export interface DatabaseIdempotencyStoreOptions {
  /**
   * How long a key stays taken after the process that handles it has died, or has lost its connection while others have
   * theirs, in ms. @default 30_000
   */
  readonly leaseMs?: number;
  /** Tells when claims are renewed and failed writes repeated; keys expire by the database's own time. */
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
  private readonly owner = crypto.randomUUID();
  /** The fingerprints of the keys that were claimed outside of transactions. */
  private readonly leases: Leases;
  private cleanAt = Number.NEGATIVE_INFINITY;

  /** @throws {ConfigurationError} naming each option that is wrong. */
  constructor(db: Database, options: DatabaseIdempotencyStoreOptions = {}) {
    checkOptions(options, CHECKS, "DatabaseIdempotencyStore");
    const { leaseMs = 30_000, clock = systemClock } = options;
    this.db = db;
    this.leaseMs = Math.ceil(leaseMs);
    this.clock = clock;
    this.leases = new Leases(clock, leaseMs, (held) => this.renew(held.keys()));
  }

  /**
   * Makes the table, if it is not there: for whoever sets up a database in which those who use it may make none.
   *
   * @throws {DatabaseError} if the database refuses or is not there.
   */
  prepare(): Promise<void> {
    return IDEMPOTENCY_KEYS.prepare(this.db);
  }

  /** @throws {DatabaseError} if the database refuses or is not there. */
  async claim(key: string, fingerprint: string, ttlMs: number): Promise<IdempotencyClaim> {
    const hash = digest(key);
    // Whatever became of its lease: it is in the hands of this process.
    const held = this.leases.get(hash);
    if (held !== undefined) return { status: "running", fingerprint: held };
    await this.prepare();
    for (;;) {
      const expiry = Math.ceil(ttlMs);
      if (await this.insert(hash, fingerprint, expiry)) return this.claimed(hash, fingerprint);
      const known = await this.find(hash);
      if (known !== undefined) return claimOf(known);
      // Its time is over, or it was given back meanwhile.
      if (await this.takeOver(hash, fingerprint, expiry)) return this.claimed(hash, fingerprint);
    }
  }

  /**
   * While there is no connection it is tried again for about `leaseMs`, and the key is kept; not in a transaction, which
   * has ended with its connection.
   *
   * @throws {DatabaseError} if the database refuses or is not there, or the output cannot be said in JSON. The key is
   *   free again then once its lease is over.
   */
  async complete(key: string, output: unknown): Promise<void> {
    const hash = digest(key);
    try {
      const text = outputText(output);
      // Whose lease was over, since the process stood still, has lost the key to whoever asked for it meanwhile.
      const write = () =>
        this.db.execute(sql`
          update ${IDEMPOTENCY_KEYS.sql} set output = ${text}, leased_until = null
          where key_hash = ${hash} and owner = ${this.owner} and leased_until is not null
        `);
      await (this.leases.get(hash) === undefined
        ? write()
        : whileAway(this.clock, this.leaseMs).execute(write));
    } finally {
      this.leases.drop(hash);
    }
  }

  /** @throws {DatabaseError} if the database refuses or is not there; the key is free again once its lease is over. */
  async release(key: string): Promise<void> {
    const hash = digest(key);
    try {
      await this.db.execute(sql`
        delete from ${IDEMPOTENCY_KEYS.sql} where key_hash = ${hash} and owner = ${this.owner}
      `);
    } finally {
      this.leases.drop(hash);
    }
  }

  /** Within a transaction. @throws {ConnectionError} if the database is not connected. */
  isTentative(): boolean {
    return this.db.connected.transactions.running !== undefined;
  }

  private claimed(hash: string, fingerprint: string): IdempotencyClaim {
    if (!this.isTentative()) this.leases.hold(hash, fingerprint);
    this.cleanNowAndThen();
    return { status: "claimed" };
  }

  /**
   * One statement, so that of many who ask at once one gets the key. It leaves a row that is there unlocked: who asks in
   * a transaction must not keep it from whoever has the key.
   */
  private async insert(hash: string, fingerprint: string, ttlMs: number): Promise<boolean> {
    const now = serverTime(this.db.dialect);
    const inserted = await this.db.execute(sql`
      insert into ${IDEMPOTENCY_KEYS.sql} (key_hash, fingerprint, owner, leased_until, expires_at)
      values (${hash}, ${fingerprint}, ${this.owner}, ${now} + ${this.leaseMs}, ${now} + ${ttlMs})
      on conflict (key_hash) do nothing
    `);
    return inserted > 0;
  }

  private async takeOver(hash: string, fingerprint: string, ttlMs: number): Promise<boolean> {
    const now = serverTime(this.db.dialect);
    const taken = await this.db.execute(sql`
      update ${IDEMPOTENCY_KEYS.sql} set
        fingerprint = ${fingerprint}, owner = ${this.owner}, leased_until = ${now} + ${this.leaseMs},
        expires_at = ${now} + ${ttlMs}, output = null
      where key_hash = ${hash} and coalesce(leased_until, expires_at) <= ${now}
    `);
    return taken > 0;
  }

  /** The key, if its time is not over. */
  private async find(hash: string): Promise<KeyRow | undefined> {
    const [row] = await this.db.query<KeyRow>(sql`
      select fingerprint, output, leased_until from ${IDEMPOTENCY_KEYS.sql}
      where key_hash = ${hash} and coalesce(leased_until, expires_at) > ${serverTime(this.db.dialect)}
    `);
    return row;
  }

  /** All by one statement, and no row that a transaction has taken keeps the others waiting for its end. */
  private renew(hashes: Iterable<string>): Promise<unknown> {
    const { dialect } = this.db;
    return this.db.execute(sql`
      update ${IDEMPOTENCY_KEYS.sql} set leased_until = ${serverTime(dialect)} + ${this.leaseMs}
      where key_hash in (
        select key_hash from ${IDEMPOTENCY_KEYS.sql}
        where key_hash in (${textList(dialect, hashes)}) and owner = ${this.owner} and leased_until is not null
        ${skippingLocked(dialect)}
      )
    `);
  }

  /** Keys whose time is over go in the background, and not in somebody's transaction, which may last. */
  private cleanNowAndThen(): void {
    const now = this.clock.now();
    if (now < this.cleanAt) return;
    this.cleanAt = now + CLEAN_EVERY_MS;
    // What it fails with is not the claim's affair, and there is a next time.
    this.db.outsideTransaction(() => this.clean()).catch(() => {});
  }

  private async clean(): Promise<void> {
    const now = serverTime(this.db.dialect);
    const some = sql`
      delete from ${IDEMPOTENCY_KEYS.sql} where key_hash in (
        select key_hash from ${IDEMPOTENCY_KEYS.sql}
        where expires_at <= ${now} and coalesce(leased_until, 0) <= ${now}
        limit ${CLEAN_AT_ONCE} ${skippingLocked(this.db.dialect)}
      )
    `;
    while ((await this.db.execute(some)) === CLEAN_AT_ONCE);
  }
}

function claimOf({ fingerprint, output, leased_until }: KeyRow): IdempotencyClaim {
  if (leased_until !== null) return { status: "running", fingerprint };
  return { status: "done", fingerprint, output: output === null ? undefined : JSON.parse(output) };
}

function outputText(output: unknown): string | null {
  try {
    return travelText(output) ?? null;
  } catch (error) {
    const problem = `an outcome cannot be kept, since it cannot be said in JSON: ${messageOf(error)}`;
    throw new DatabaseError(problem, { cause: error });
  }
}

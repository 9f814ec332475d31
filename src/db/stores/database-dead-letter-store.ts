import {
  aClock,
  type Checks,
  callable,
  checkOptions,
  eventClasses,
  having,
  positiveMs,
} from "../../core/check-options.ts";
import { type Clock, systemClock } from "../../core/clock.ts";
import type { AnyEvent, AnyEventClass } from "../../core/event.ts";
import { notify } from "../../core/notify.ts";
import type { DeadLetter, DeadLetterStore, StoredDeadLetter } from "../../core/policies.ts";
import type { ReprocessReport } from "../../resilience/dead-letter-queue.ts";
import { handleAgain } from "../../resilience/retried-letter.ts";
import { letterReader, storedError, storedFrom } from "../../resilience/stored-dead-letter.ts";
import type { Database } from "../database/database.ts";
import { TransactionError } from "../errors.ts";
import { DEAD_LETTERS } from "../own-tables/own-tables.ts";
import { type Sql, sql } from "../query/sql.ts";
import { type DeadLetterFilter, filterCondition } from "./dead-letter-filter.ts";
import { Leases } from "./leases.ts";
import { serverTime, skippingLocked } from "./server-time.ts";

export interface DatabaseDeadLetterStoreOptions {
  /** How long others leave a letter alone that a process which died had begun to handle again, in ms. @default 30_000 */
  readonly leaseMs?: number;
  /** Tells when what is being handled again is claimed anew; all else goes by the database's own time. */
  readonly clock?: Clock;
}

/** How far `reprocess` is. */
export interface ReprocessProgress extends ReprocessReport {
  /** How many letters there were when it began. Other processes may take some of them. */
  readonly total: number;
}

/** Which letters are handled again, and how. */
export interface ReprocessOptions extends Omit<DeadLetterFilter, "events"> {
  /** The events whose letters are handled again; those of others stay where they are. */
  readonly events: readonly AnyEventClass[];
  /** Gets how far it is after each letter. */
  readonly onProgress?: (progress: ReprocessProgress) => void;
  /** Ends it after the letter in hand. */
  readonly signal?: AbortSignal;
}

const CHECKS: Checks<DatabaseDeadLetterStoreOptions> = { leaseMs: positiveMs, clock: aClock };
const REPROCESS_CHECKS = {
  handle: callable,
  events: eventClasses,
  onProgress: callable,
  signal: having("addEventListener"),
};

const PAGE_SIZE = 100;

/** PostgreSQL's driver gives it as text. */
type Position = number | string;

interface LetterRow {
  readonly position: Position;
  readonly letter: string;
}

/**
 * Keeps dead letters in a database, where they outlive their process and every process sees them. Its table is made when
 * it is first needed. A letter is written outside of the transaction that failed, which would else take it along.
 *
 * @example
 * const deadLetters = new DatabaseDeadLetterStore(db);
 * const host = new ModuleHost({ deadLetterQueue: { store: deadLetters } });
 * await deadLetters.reprocess((event) => host.handle(event), { events: [SendInvoice] });
 */
export class DatabaseDeadLetterStore implements DeadLetterStore {
  private readonly db: Database;
  private readonly leaseMs: number;
  private readonly leases: Leases;

  /** @throws {ConfigurationError} naming each option that is wrong. */
  constructor(db: Database, options: DatabaseDeadLetterStoreOptions = {}) {
    checkOptions(options, CHECKS, "DatabaseDeadLetterStore");
    const { leaseMs = 30_000, clock = systemClock } = options;
    this.db = db;
    this.leaseMs = Math.ceil(leaseMs);
    this.leases = new Leases(clock, leaseMs, (held) =>
      Promise.all([...held].map(([id, owner]) => this.renew(id, owner))),
    );
  }

  /**
   * Makes the table, for whoever does that at deployment: else it is made when it is first needed.
   *
   * @throws {DatabaseError} if the database refuses or is not there.
   */
  async prepare(): Promise<void> {
    await DEAD_LETTERS.prepare(this.db);
  }

  /**
   * Keeps a letter; one with the same id is replaced and keeps its place.
   *
   * @throws {DatabaseError} if the database refuses or is not there.
   */
  async add(letter: StoredDeadLetter): Promise<void> {
    const { id, eventName, moduleName = null, timestamp } = letter;
    const text = JSON.stringify(letter);
    await this.finish(id, (owner) =>
      owner === undefined
        ? sql`
            insert into ${DEAD_LETTERS.sql} (id, event_name, module_name, failed_at, letter)
            values (${id}, ${eventName}, ${moduleName}, ${timestamp}, ${text})
            on conflict (id) do update set
              event_name = excluded.event_name, module_name = excluded.module_name,
              failed_at = excluded.failed_at, letter = excluded.letter, claimed_by = null, claimed_until = null
          `
        : sql`
            update ${DEAD_LETTERS.sql}
            set module_name = ${moduleName}, failed_at = ${timestamp}, letter = ${text},
              claimed_by = null, claimed_until = null
            where id = ${id} and claimed_by = ${owner}
          `,
    );
  }

  /** @throws {DatabaseError} if the database refuses or is not there. */
  async remove(id: string): Promise<void> {
    await this.finish(id, (owner) => {
      const mine = owner === undefined ? sql`` : sql`and claimed_by = ${owner}`;
      return sql`delete from ${DEAD_LETTERS.sql} where id = ${id} ${mine}`;
    });
  }

  /**
   * Reserves a letter for being handled again, until it is added or removed, or this process has been dead for `leaseMs`.
   *
   * @returns whether it is there and nobody else has it.
   * @throws {TransactionError} inside of a transaction, which would undo what became of it.
   * @throws {DatabaseError} if the database refuses or is not there.
   */
  async take(id: string): Promise<boolean> {
    this.refuseTransaction();
    return (await this.takeFirst(sql`id = ${id}`)) !== undefined;
  }

  /**
   * The letters, in the order in which they came.
   *
   * @throws {ConfigurationError} naming what of the filter is unknown or wrong.
   */
  async list(filter: DeadLetterFilter = {}): Promise<StoredDeadLetter[]> {
    const letters: StoredDeadLetter[] = [];
    for await (const letter of this.entries(filter)) letters.push(letter);
    return letters;
  }

  /**
   * The letters, in the order in which they came, read as they are asked for: for more than fit into memory.
   *
   * @throws {ConfigurationError} naming what of the filter is unknown or wrong.
   */
  async *entries(filter: DeadLetterFilter = {}): AsyncGenerator<StoredDeadLetter, void, undefined> {
    const condition = filterCondition(filter, "entries");
    let last: Position = 0;
    for (;;) {
      const rows: LetterRow[] = await this.query(sql`
        select position, letter from ${DEAD_LETTERS.sql} where ${condition} and position > ${last}
        order by position limit ${PAGE_SIZE}
      `);
      for (const { letter, position } of rows) {
        yield JSON.parse(letter);
        last = position;
      }
      if (rows.length < PAGE_SIZE) return;
    }
  }

  /** How many letters there are. @throws {ConfigurationError} naming what of the filter is unknown or wrong. */
  async count(filter: DeadLetterFilter = {}): Promise<number> {
    const condition = filterCondition(filter, "count");
    const [row] = await this.query<{ n: number | string }>(sql`
      select count(*) as n from ${DEAD_LETTERS.sql} where ${condition}
    `);
    return Number(row?.n);
  }

  /**
   * Drops letters, and resolves to how many.
   *
   * @example
   * await deadLetters.discard({ before: new Date(Date.now() - 30 * 86_400_000) });
   * @throws {ConfigurationError} naming what of the filter is unknown or wrong.
   */
  async discard(filter: DeadLetterFilter): Promise<number> {
    const condition = filterCondition(filter, "discard");
    return this.execute(sql`delete from ${DEAD_LETTERS.sql} where ${condition}`);
  }

  /**
   * Has the letters that are there when it begins handled again, one after another: whether that succeeded, the event
   * says afterwards (`handled`), so that a host's `handle` fits. What succeeded goes; what failed stays, with the new
   * error and one more attempt. Of several processes that do this at once each takes letters that no other one has, and
   * those of a process that died meanwhile are taken again: handlers should bear being called twice.
   *
   * @throws {ConfigurationError} naming each option that is wrong.
   * @throws {TransactionError} inside of a transaction, which would undo what became of the letters.
   * @throws {DatabaseError} if the database refuses or is not there.
   */
  async reprocess(handle: (event: AnyEvent) => unknown, options: ReprocessOptions): Promise<ReprocessReport> {
    const { onProgress, signal, ...filter } = options ?? {};
    const { events } = filter;
    const given = { handle, events, onProgress, signal };
    checkOptions(given, REPROCESS_CHECKS, "DatabaseDeadLetterStore.reprocess", ["handle", "events"]);
    const condition = filterCondition(filter, "reprocess");
    this.refuseTransaction();
    const readers = new Map(events.map((event) => [event.eventName, letterReader(event)]));
    const { last, total } = await this.extent(condition);
    let successful = 0;
    let failed = 0;
    let position: Position = 0;
    while (signal?.aborted !== true) {
      const taken = await this.takeFirst(
        sql`${condition} and position > ${position} and position <= ${last}`,
      );
      if (taken === undefined) break;
      position = taken.position;
      const { letter } = taken;
      try {
        const again = await handledAgain(letter, readers.get(letter.eventName), handle);
        if (again === undefined) successful++;
        else failed++;
        await (again === undefined ? this.remove(letter.id) : this.add(again));
      } finally {
        this.leases.drop(letter.id);
      }
      notify(onProgress, { total, successful, failed });
    }
    return { successful, failed };
  }

  private refuseTransaction(): void {
    if (this.db.connected.transactions.running === undefined) return;
    throw new TransactionError(
      "what becomes of a letter is kept at once, and so letters are not reprocessed inside of a transaction",
    );
  }

  /** How far the letters go that are there now. */
  private async extent(condition: Sql): Promise<{ readonly last: Position; readonly total: number }> {
    const [row] = await this.query<{ last: Position | null; total: number | string }>(sql`
      select max(position) as last, count(*) as total from ${DEAD_LETTERS.sql} where ${condition}
    `);
    return { last: row?.last ?? 0, total: Number(row?.total) };
  }

  /** The first letter that nobody else has; it is this process's until it is dropped from the leases. */
  private async takeFirst(
    condition: Sql,
  ): Promise<{ position: Position; letter: StoredDeadLetter } | undefined> {
    const { dialect } = this.db;
    const owner = crypto.randomUUID();
    const [row] = await this.query<LetterRow>(sql`
      update ${DEAD_LETTERS.sql}
      set claimed_by = ${owner}, claimed_until = ${serverTime(dialect)} + ${this.leaseMs}
      where position = (
        select position from ${DEAD_LETTERS.sql}
        where ${condition} and coalesce(claimed_until, 0) <= ${serverTime(dialect)}
        order by position limit 1 ${skippingLocked(dialect)}
      )
      returning position, letter
    `);
    if (row === undefined) return undefined;
    const letter: StoredDeadLetter = JSON.parse(row.letter);
    this.leases.hold(letter.id, owner);
    return { position: row.position, letter };
  }

  /** What this process has taken it changes as long as nobody has taken it since. */
  private async finish(id: string, statement: (owner: string | undefined) => Sql): Promise<void> {
    const owner = this.leases.drop(id);
    try {
      await this.db.outsideTransaction(() => this.execute(statement(owner)));
    } catch (error) {
      if (owner !== undefined) this.leases.hold(id, owner);
      throw error;
    }
  }

  private renew(id: string, owner: string): Promise<number> {
    return this.execute(sql`
      update ${DEAD_LETTERS.sql} set claimed_until = ${serverTime(this.db.dialect)} + ${this.leaseMs}
      where id = ${id} and claimed_by = ${owner}
    `);
  }

  private async execute(statement: Sql): Promise<number> {
    await DEAD_LETTERS.prepare(this.db);
    return this.db.execute(statement);
  }

  private async query<Row>(statement: Sql): Promise<Row[]> {
    await DEAD_LETTERS.prepare(this.db);
    return this.db.query<Row>(statement);
  }
}

/** The letter as it is to be kept; undefined if its event was handled. */
async function handledAgain(
  stored: StoredDeadLetter,
  read: ((stored: StoredDeadLetter) => Promise<DeadLetter>) | undefined,
  handle: (event: AnyEvent) => unknown,
): Promise<StoredDeadLetter | undefined> {
  let letter: DeadLetter | undefined;
  try {
    letter = await read?.(stored);
  } catch (error) {
    return { ...stored, error: storedError(error) };
  }
  if (letter === undefined) return stored;
  const again = await handleAgain(letter, handle);
  return again && storedFrom(again);
}

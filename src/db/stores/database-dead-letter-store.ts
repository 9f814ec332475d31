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
import { type Sql, sql } from "../query/sql.ts";
import { type DeadLetterFilter, filterCondition } from "./dead-letter-filter.ts";
import { DeadLetterRows, type PlacedLetter, type Position } from "./dead-letter-rows.ts";
import { Leases } from "./leases.ts";
import { whileAway } from "./while-away.ts";

/** How dead letters are handled again. */
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
  private readonly clock: Clock;
  private readonly leaseMs: number;
  private readonly rows: DeadLetterRows;
  /** The ids of the letters that are being handled again here. */
  private readonly leases: Leases<true>;

  /** @throws {ConfigurationError} naming each option that is wrong. */
  constructor(db: Database, options: DatabaseDeadLetterStoreOptions = {}) {
    checkOptions(options, CHECKS, "DatabaseDeadLetterStore");
    const { leaseMs = 30_000, clock = systemClock } = options;
    this.db = db;
    this.clock = clock;
    this.leaseMs = leaseMs;
    this.rows = new DeadLetterRows(db, Math.ceil(leaseMs));
    this.leases = new Leases(clock, leaseMs, (held) => this.rows.renew(held.keys()));
  }

  /**
   * Makes the table, for whoever does that at deployment: else it is made when it is first needed.
   *
   * @throws {DatabaseError} if the database refuses or is not there.
   */
  prepare(): Promise<void> {
    return this.rows.prepare();
  }

  /**
   * Keeps a letter; one with the same id is replaced and keeps its place.
   *
   * @throws {DatabaseError} if the database refuses or is not there.
   */
  async add(letter: StoredDeadLetter): Promise<void> {
    const isHeld = this.leases.get(letter.id) !== undefined;
    await this.db.outsideTransaction(() => (isHeld ? this.rows.putBack(letter) : this.rows.put(letter)));
    this.leases.drop(letter.id);
  }

  /** @throws {DatabaseError} if the database refuses or is not there. */
  async remove(id: string): Promise<void> {
    const isHeld = this.leases.get(id) !== undefined;
    const condition = isHeld ? sql`id = ${id} and ${this.rows.mine}` : sql`id = ${id}`;
    await this.db.outsideTransaction(() => this.rows.delete(condition));
    this.leases.drop(id);
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
   * The letters, in the order in which they were stored.
   *
   * @throws {ConfigurationError} naming what of the filter is unknown or wrong.
   */
  async list(filter: DeadLetterFilter = {}): Promise<StoredDeadLetter[]> {
    const letters: StoredDeadLetter[] = [];
    for await (const letter of this.entries(filter)) letters.push(letter);
    return letters;
  }

  /**
   * The letters, in the order in which they were stored, read as they are asked for: for more than fit into memory.
   *
   * @throws {ConfigurationError} naming what of the filter is unknown or wrong.
   */
  async *entries(filter: DeadLetterFilter = {}): AsyncGenerator<StoredDeadLetter, void, undefined> {
    const condition = filterCondition(filter, "entries");
    let last: Position = 0;
    for (;;) {
      const page: PlacedLetter[] = await this.rows.after(last, condition, PAGE_SIZE);
      for (const { letter, position } of page) {
        yield letter;
        last = position;
      }
      if (page.length < PAGE_SIZE) return;
    }
  }

  /** How many letters there are. @throws {ConfigurationError} naming what of the filter is unknown or wrong. */
  async count(filter: DeadLetterFilter = {}): Promise<number> {
    return (await this.rows.extent(filterCondition(filter, "count"))).total;
  }

  /**
   * Drops letters, and resolves to how many.
   *
   * @example
   * await deadLetters.discard({ before: new Date(Date.now() - 30 * 86_400_000) });
   * @throws {ConfigurationError} naming what of the filter is unknown or wrong.
   */
  async discard(filter: DeadLetterFilter): Promise<number> {
    return this.rows.delete(filterCondition(filter, "discard"));
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
    const { last, total } = await this.rows.extent(condition);
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
        await whileAway(this.clock, this.leaseMs).execute(() =>
          again === undefined ? this.remove(letter.id) : this.add(again),
        );
      } finally {
        this.leases.drop(letter.id);
      }
      notify(onProgress, { total, successful, failed });
    }
    return { successful, failed };
  }

  private async takeFirst(condition: Sql): Promise<PlacedLetter | undefined> {
    const taken = await this.rows.claimFirst(condition);
    if (taken !== undefined) this.leases.hold(taken.letter.id, true);
    return taken;
  }

  private refuseTransaction(): void {
    if (this.db.connected.transactions.running === undefined) return;
    throw new TransactionError(
      "what becomes of a letter is kept at once, and so letters are not reprocessed inside of a transaction",
    );
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

import type { CancelTimer, Clock } from "../core/clock.ts";
import { isOutage } from "../core/outage.ts";
import type { DeadLetterStore, StoredDeadLetter } from "../core/policies.ts";
import { RetryPolicy } from "./retry-policy.ts";

/** Not so few that a burst of failures would lose letters while the store is slow. */
const LEAST_MAX = 1_000;

/** So often a letter is tried that the store refuses while it takes others. */
const MOST_REFUSALS = 3;

/** So many failures end a round: it is the store, rather than the letters. */
const MOST_FAILURES = 3;

/** What becomes of a letter that the store does not take. */
export interface PendingReports {
  /** Gets what the store failed with, and why a letter was given up. */
  failed(error: unknown): void;
  /** Gets the id of a letter that is given up. */
  gaveUp(id: string): unknown;
}

/**
 * The letters on their way to a store, one after another. What the store does not take is tried again after a while, and
 * whenever somebody asks.
 */
export class PendingLetters {
  private readonly store: DeadLetterStore;
  private readonly clock: Clock;
  private readonly maxSize: number;
  private readonly reports: PendingReports;
  private readonly backOff: RetryPolicy;
  /** What is to become of each letter; undefined is to be removed. */
  private readonly changes = new Map<string, StoredDeadLetter | undefined>();
  /** How often the store has refused a letter. */
  private readonly refusals = new Map<string, number>();
  private writing: Promise<void> | undefined;
  private failures = 0;
  private cancelRetry: CancelTimer | undefined;

  /** @param maxSize - So many letters, or 1,000, wait at most: the oldest is given up. */
  constructor(store: DeadLetterStore, clock: Clock, maxSize: number, reports: PendingReports) {
    this.store = store;
    this.clock = clock;
    this.maxSize = Math.max(maxSize, LEAST_MAX);
    this.reports = reports;
    this.backOff = new RetryPolicy({ clock });
  }

  get size(): number {
    return this.changes.size;
  }

  /** Those that the store has still to take. */
  get letters(): readonly StoredDeadLetter[] {
    return [...this.changes.values()].filter((letter) => letter !== undefined);
  }

  has(id: string): boolean {
    return this.changes.has(id);
  }

  add(letter: StoredDeadLetter): void {
    this.change(letter.id, letter);
  }

  remove(id: string): void {
    this.change(id, undefined);
  }

  /** Writes what is here now. @throws what the store fails with. */
  flush(): Promise<void> {
    this.cancelRetry?.();
    this.cancelRetry = undefined;
    this.writing ??= this.writeAll();
    return this.writing;
  }

  private change(id: string, letter: StoredDeadLetter | undefined): void {
    this.changes.set(id, letter);
    if (letter !== undefined && this.changes.size > this.maxSize) this.giveUpOldest();
    if (this.cancelRetry === undefined) this.flush().catch(() => {}); // It was reported.
  }

  /** Of what is to be removed there is but an id to remember. */
  private giveUpOldest(): void {
    for (const letter of this.changes.values()) {
      if (letter === undefined) continue;
      this.giveUp(letter, `the store has not taken ${this.maxSize} dead letters`);
      return;
    }
  }

  private giveUp({ id, eventName }: StoredDeadLetter, why: string): void {
    this.changes.delete(id);
    this.refusals.delete(id);
    this.reports.gaveUp(id);
    this.reports.failed(new Error(`${why}, and that of a ${eventName} is not stored`));
  }

  private async writeAll(): Promise<void> {
    await undefined; // What comes in this turn is written with the rest.
    const failures = new Map<string, unknown>();
    let written = 0;
    for (const id of [...this.changes.keys()]) {
      try {
        await this.writeOne(id);
        written++;
      } catch (error) {
        failures.set(id, error);
        this.moveToEnd(id);
        if (isOutage(error) || failures.size === MOST_FAILURES) break;
      }
    }
    this.writing = undefined;
    if (written > 0) for (const id of failures.keys()) this.countRefusal(id);
    const [failure] = failures.values();
    if (failures.size > 0) {
      this.retryLater();
      this.reports.failed(failure);
      throw failure;
    }
    this.failures = 0;
    if (this.changes.size > 0) this.flush().catch(() => {}); // It came meanwhile.
  }

  private async writeOne(id: string): Promise<void> {
    if (!this.changes.has(id)) return;
    const letter = this.changes.get(id);
    await (letter === undefined ? this.store.remove(id) : this.store.add(letter));
    this.refusals.delete(id);
    // It may have become another meanwhile.
    if (this.changes.get(id) === letter) this.changes.delete(id);
  }

  private countRefusal(id: string): void {
    const letter = this.changes.get(id);
    if (letter === undefined) return;
    const refusals = (this.refusals.get(id) ?? 0) + 1;
    this.refusals.set(id, refusals);
    if (refusals === MOST_REFUSALS)
      this.giveUp(letter, `the store has refused a dead letter ${refusals} times`);
  }

  /** There, what the store refuses is in nobody's way. */
  private moveToEnd(id: string): void {
    if (!this.changes.has(id)) return;
    const letter = this.changes.get(id);
    this.changes.delete(id);
    this.changes.set(id, letter);
  }

  private retryLater(): void {
    this.cancelRetry = this.clock.schedule(this.backOff.delayMs(this.failures++), () => {
      this.flush().catch(() => {});
    });
    // Letters do not keep a process alive: whoever wants them written flushes.
    this.cancelRetry.hold?.(false);
  }
}

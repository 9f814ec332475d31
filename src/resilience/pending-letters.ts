import type { CancelTimer, Clock } from "../core/clock.ts";
import type { DeadLetterStore, StoredDeadLetter } from "../core/policies.ts";
import { RetryPolicy } from "./retry-policy.ts";

/** Not so few that a burst of failures would lose letters while the store is slow. */
const LEAST_MAX = 1_000;

/**
 * The letters on their way to a store, one after another. What the store does not take is tried again after a while, and
 * whenever somebody asks.
 */
export class PendingLetters {
  private readonly store: DeadLetterStore;
  private readonly clock: Clock;
  private readonly maxSize: number;
  private readonly onFailure: (error: unknown) => void;
  private readonly backOff: RetryPolicy;
  /** What is to become of each letter; undefined is to be removed. */
  private readonly changes = new Map<string, StoredDeadLetter | undefined>();
  private writing: Promise<void> | undefined;
  private failures = 0;
  private cancelRetry: CancelTimer | undefined;

  /**
   * @param maxSize - So many, or 1,000, wait at most: the oldest is given up.
   * @param onFailure - Gets what the store failed with, and what was given up.
   */
  constructor(store: DeadLetterStore, clock: Clock, maxSize: number, onFailure: (error: unknown) => void) {
    this.store = store;
    this.clock = clock;
    this.maxSize = Math.max(maxSize, LEAST_MAX);
    this.onFailure = onFailure;
    this.backOff = new RetryPolicy({ clock });
  }

  get size(): number {
    return this.changes.size;
  }

  /** Those that the store has still to take. */
  get letters(): readonly StoredDeadLetter[] {
    return [...this.changes.values()].filter((letter) => letter !== undefined);
  }

  add(letter: StoredDeadLetter): void {
    this.change(letter.id, letter);
  }

  remove(id: string): void {
    this.change(id, undefined);
  }

  /** Writes everything now. @throws what the store fails with. */
  flush(): Promise<void> {
    this.cancelRetry?.();
    this.cancelRetry = undefined;
    this.writing ??= this.writeAll();
    return this.writing;
  }

  private change(id: string, letter: StoredDeadLetter | undefined): void {
    this.changes.set(id, letter);
    if (this.changes.size > this.maxSize) this.giveUpOldest();
    if (this.cancelRetry === undefined) this.flush().catch(() => {}); // `onFailure` was told.
  }

  private giveUpOldest(): void {
    const [[id, letter]] = this.changes as unknown as [[string, StoredDeadLetter | undefined]];
    this.changes.delete(id);
    if (letter === undefined) return;
    this.onFailure(
      new Error(
        `the store has not taken ${this.maxSize} dead letters, and that of a ${letter.eventName} is lost`,
      ),
    );
  }

  private async writeAll(): Promise<void> {
    await undefined; // What comes in this turn is written with the rest.
    try {
      for (const [id, letter] of this.changes) await this.writeOne(id, letter);
      this.failures = 0;
    } catch (error) {
      this.retryLater();
      this.onFailure(error);
      throw error;
    } finally {
      this.writing = undefined;
    }
  }

  private async writeOne(id: string, letter: StoredDeadLetter | undefined): Promise<void> {
    try {
      await (letter === undefined ? this.store.remove(id) : this.store.add(letter));
      if (this.changes.get(id) === letter) this.changes.delete(id);
    } finally {
      // There, a letter that became another meanwhile is found again, and one that the store refuses is in nobody's way.
      this.moveToEnd(id);
    }
  }

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

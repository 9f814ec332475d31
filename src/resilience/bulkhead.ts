/**
 * A number of slots; who finds none free waits in line.
 *
 * @see M. Nygard, "Release It!", 2018: Bulkheads.
 */
export class Bulkhead {
  readonly maxConcurrent: number;
  #running = 0;
  readonly #waiting = new Set<() => void>();

  constructor(maxConcurrent: number) {
    this.maxConcurrent = maxConcurrent;
  }

  /** Takes a slot if one is free. */
  tryAcquire(): boolean {
    if (this.#running >= this.maxConcurrent) return false;
    this.#running++;
    return true;
  }

  /** Calls `acquired` once a slot is this caller's, in order of arrival; the returned function leaves the line. */
  enqueue(acquired: () => void): () => void {
    const waiter = () => acquired();
    this.#waiting.add(waiter);
    return () => this.#waiting.delete(waiter);
  }

  /** Gives the slot to who waits longest, or back. */
  release(): void {
    const [first] = this.#waiting;
    if (first === undefined) {
      this.#running--;
      return;
    }
    this.#waiting.delete(first);
    first();
  }
}

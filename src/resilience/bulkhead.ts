import { type Check, checkOptions, integer, positiveInteger } from "../core/check-options.ts";
import { BulkheadFullError } from "../core/errors.ts";
import type { AnyEvent } from "../core/event.ts";
import { finallyDo } from "../core/pipeline.ts";
import type { BulkheadOptions, PolicyObject } from "../core/policies.ts";
import { type Call, Policy } from "./policy.ts";
import { waitInLine } from "./wait.ts";

const queueLength: Check = (value) => (value === Number.POSITIVE_INFINITY ? undefined : integer(value));

/** @internal */
export const BULKHEAD_CHECKS = { maxConcurrent: positiveInteger, maxQueue: queueLength };

/**
 * A number of slots: so many calls run at once, so many more wait in line, and the rest is refused.
 *
 * @see M. Nygard, "Release It!", 2018: Bulkheads.
 * @example
 * const bulkhead = new Bulkhead({ maxConcurrent: 10, maxQueue: 100 });
 * const report = await bulkhead.execute(() => render(template));
 */
export class Bulkhead extends Policy implements PolicyObject<"bulkhead"> {
  readonly kind = "bulkhead";
  readonly maxConcurrent: number;
  readonly maxQueue: number;
  private taken = 0;
  private readonly line = new Set<() => void>();

  /** @throws {ConfigurationError} naming each option that is wrong. */
  constructor(options: BulkheadOptions) {
    super();
    checkOptions(options, BULKHEAD_CHECKS, "Bulkhead", ["maxConcurrent"]);
    this.maxConcurrent = options.maxConcurrent;
    this.maxQueue = options.maxQueue ?? Number.POSITIVE_INFINITY;
  }

  /** How many calls hold a slot. */
  get running(): number {
    return this.taken;
  }

  /** How many calls wait for a slot. */
  get waiting(): number {
    return this.line.size;
  }

  /** Takes a slot if one is free; whoever has one gives it back by `release`. */
  tryAcquire(): boolean {
    if (this.taken >= this.maxConcurrent) return false;
    this.taken++;
    return true;
  }

  /**
   * Calls `acquired` once a slot is this caller's, in order of arrival; the returned function leaves the line.
   *
   * @throws {BulkheadFullError} if the line is full.
   */
  enqueue(acquired: () => void, event?: AnyEvent): () => void {
    if (this.line.size >= this.maxQueue)
      throw new BulkheadFullError(event, this.maxConcurrent, this.maxQueue);
    const waiter = () => acquired();
    this.line.add(waiter);
    return () => this.line.delete(waiter);
  }

  /** Gives the slot to who waits longest, or back. */
  release(): void {
    if (this.line.size === 0) {
      this.taken--;
      return;
    }
    const [first] = this.line as unknown as [() => void];
    this.line.delete(first);
    first();
  }

  /** @throws {BulkheadFullError} if there is neither a slot nor a place in line. */
  run<T>(fn: (call: Call) => T | PromiseLike<T>, call: Call): T | PromiseLike<T> {
    if (this.tryAcquire()) return this.holding(fn, call);
    return waitInLine((acquired) => this.enqueue(acquired, call.event), call.signal).then(() =>
      this.holding(fn, call),
    );
  }

  private holding<T>(fn: (call: Call) => T | PromiseLike<T>, call: Call): T | PromiseLike<T> {
    return finallyDo(
      () => fn(call),
      () => this.release(),
    );
  }
}

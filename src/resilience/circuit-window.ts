import type { CircuitBreakerWindow } from "../core/policies.ts";

const FAILED = 1;
const SLOW = 2;
/** A window of time is judged in so many pieces: the oldest goes as a whole. */
const SLICES = 10;

/** The outcomes of the last calls, or of the last ms, and whether they are bad enough. */
export interface OutcomeWindow {
  add(failed: boolean, slow: boolean, now: number): void;
  isTooBad(): boolean;
}

export function outcomeWindow(options: CircuitBreakerWindow): OutcomeWindow {
  return options.kind === "count" ? new CountWindow(options) : new TimeWindow(options);
}

class Rates {
  calls = 0;
  failed = 0;
  slow = 0;
  private readonly options: CircuitBreakerWindow;

  constructor(options: CircuitBreakerWindow) {
    this.options = options;
  }

  isTooBad(): boolean {
    const { minimumCalls, failureRate, slowCallMs, slowCallRate = 1 } = this.options;
    if (this.calls < minimumCalls) return false;
    if (this.failed / this.calls >= failureRate) return true;
    return slowCallMs !== undefined && this.slow / this.calls >= slowCallRate;
  }
}

class CountWindow extends Rates implements OutcomeWindow {
  private readonly outcomes: Uint8Array;
  private position = 0;

  constructor(options: CircuitBreakerWindow) {
    super(options);
    this.outcomes = new Uint8Array(options.size);
  }

  add(failed: boolean, slow: boolean): void {
    if (this.calls === this.outcomes.length) this.forget(this.outcomes[this.position] as number);
    this.outcomes[this.position] = (failed ? FAILED : 0) | (slow ? SLOW : 0);
    this.position = (this.position + 1) % this.outcomes.length;
    this.calls++;
    if (failed) this.failed++;
    if (slow) this.slow++;
  }

  private forget(outcome: number): void {
    this.calls--;
    if (outcome & FAILED) this.failed--;
    if (outcome & SLOW) this.slow--;
  }
}

class TimeWindow extends Rates implements OutcomeWindow {
  private readonly sliceMs: number;
  private readonly slices = Array.from({ length: SLICES }, () => ({ calls: 0, failed: 0, slow: 0 }));
  /** The number of the slice that is filled now, counted from the clock's beginning. */
  private current = Number.NEGATIVE_INFINITY;

  constructor(options: CircuitBreakerWindow) {
    super(options);
    this.sliceMs = options.size / SLICES;
  }

  add(failed: boolean, slow: boolean, now: number): void {
    const number = Math.floor(now / this.sliceMs);
    const first = Math.max(this.current + 1, number - SLICES + 1);
    for (let old = first; old <= number; old++) this.empty(this.sliceAt(old));
    this.current = Math.max(this.current, number);
    const slice = this.sliceAt(this.current);
    slice.calls++;
    this.calls++;
    if (failed) {
      slice.failed++;
      this.failed++;
    }
    if (slow) {
      slice.slow++;
      this.slow++;
    }
  }

  private sliceAt(number: number) {
    return this.slices[number % SLICES] as (typeof this.slices)[number];
  }

  private empty(slice: { calls: number; failed: number; slow: number }): void {
    this.calls -= slice.calls;
    this.failed -= slice.failed;
    this.slow -= slice.slow;
    slice.calls = 0;
    slice.failed = 0;
    slice.slow = 0;
  }
}

import type { CancelTimer, Clock } from "../core/clock.ts";

interface Timer {
  readonly dueAt: number;
  /** Whether somebody waits for it. */
  held: boolean;
  readonly callback: () => void;
}

/**
 * A clock that stands still until it is told to move. Give it to a host, or to a policy, as its `clock`.
 *
 * @example
 * const clock = new FakeClock();
 * const host = createTestHost({ clock });
 * const answer = host.send(new Slow(), { timeoutMs: 1_000 });
 * await clock.advance(1_000);
 * await expect(answer).rejects.toThrow("took longer than 1000 ms");
 */
export class FakeClock implements Clock {
  #now = 0;
  readonly #timers = new Set<Timer>();

  /** Milliseconds since the clock was made. */
  now(): number {
    return this.#now;
  }

  schedule(delayMs: number, callback: () => void): CancelTimer {
    const timer: Timer = { dueAt: this.#now + delayMs, held: true, callback };
    this.#timers.add(timer);
    const cancel: CancelTimer = () => {
      this.#timers.delete(timer);
    };
    cancel.hold = (holding) => {
      timer.held = holding;
    };
    return cancel;
  }

  /** How many timers are armed that a process would stay alive for. */
  get pending(): number {
    return [...this.#timers].filter(({ held }) => held).length;
  }

  /**
   * Lets `ms` milliseconds pass at once: timers that are due by then fire in order, those that they arm count from the
   * new time. Resolves after everything that they woke has run.
   */
  async advance(ms: number): Promise<void> {
    this.#now += ms;
    const due = [...this.#timers].filter(({ dueAt }) => dueAt <= this.#now).sort((a, b) => a.dueAt - b.dueAt);
    for (const timer of due) {
      // One that fired before it may have cancelled it.
      if (this.#timers.delete(timer)) timer.callback();
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

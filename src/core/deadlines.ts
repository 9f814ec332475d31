import type { CancelTimer, Clock } from "./clock.ts";

/** What has a time limit: a node of the list of those with the same one. */
export interface Timed {
  dueAt: number;
  earlier: Timed | undefined;
  later: Timed | undefined;
  /** Called once when time is up. */
  expire(): void;
}

/**
 * All that have one time limit on one clock. They end in the order in which they began, so that a list and one timer
 * for its head serve them all: a timer for each would cost more than a dispatch.
 */
export class Deadlines {
  readonly limitMs: number;
  private readonly clock: Clock;
  private first: Timed | undefined = undefined;
  private last: Timed | undefined = undefined;
  private timer: CancelTimer | undefined = undefined;

  constructor(clock: Clock, limitMs: number) {
    this.clock = clock;
    this.limitMs = limitMs;
  }

  /** @param now - The clock's time, which who begins has read already. */
  add(timed: Timed, now: number): void {
    timed.dueAt = now + this.limitMs;
    const { last } = this;
    timed.earlier = last;
    if (last !== undefined) last.later = timed;
    else {
      this.first = timed;
      if (this.timer !== undefined) this.timer.hold?.(true);
    }
    this.last = timed;
    if (this.timer === undefined) this.arm(this.limitMs);
  }

  /** Takes back what ended in time. The timer stays for those to come, but the process need not. */
  remove(timed: Timed): void {
    const { earlier, later } = timed;
    if (earlier === undefined && this.first !== timed) return; // It was taken back, or has expired.
    if (earlier === undefined) this.first = later;
    else earlier.later = later;
    if (later === undefined) this.last = earlier;
    else later.earlier = earlier;
    timed.earlier = undefined;
    timed.later = undefined;
    if (this.first === undefined) this.timer?.hold?.(false);
  }

  private arm(delayMs: number): void {
    this.timer = this.clock.schedule(delayMs, () => this.fire());
  }

  private fire(): void {
    this.timer = undefined;
    const now = this.clock.now();
    let due = this.first;
    while (due !== undefined && due.dueAt <= now) {
      this.remove(due);
      due.expire();
      due = this.first;
    }
    // An expiry may have armed it, by beginning something new.
    if (this.first !== undefined && this.timer === undefined) this.arm(Math.max(1, this.first.dueAt - now));
  }
}

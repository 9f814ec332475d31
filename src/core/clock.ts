/** Where time comes from: real by default, a `FakeClock` in tests. */
export interface Clock {
  /** Monotonic time in ms; only differences mean something. */
  now(): number;
  /** Calls `callback` once after `delayMs`; the returned function cancels it. */
  schedule(delayMs: number, callback: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  schedule(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

/** The longest delay that timers take: `setTimeout` fires at once beyond it. */
export const MAX_DELAY_MS = 2_147_483_647;

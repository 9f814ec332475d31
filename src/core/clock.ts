/** Takes a timer back. */
export interface CancelTimer {
  (): void;
  /** Whether the process stays alive for the timer, as it does unless told otherwise; absent where there is no choice. */
  hold?(holding: boolean): void;
}

/** Where time comes from: real by default, a `FakeClock` in tests. */
export interface Clock {
  /** Monotonic time in ms; only differences mean something. */
  now(): number;
  /** Calls `callback` once after `delayMs`; the returned function cancels it. */
  schedule(delayMs: number, callback: () => void): CancelTimer;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  schedule(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    const cancel: CancelTimer = () => clearTimeout(timer);
    // A browser's timer is a number.
    if (typeof timer === "object") cancel.hold = holdOf(timer);
    return cancel;
  },
};

/** Lets go of a timer only after a turn of the event loop: in a busy process it is held again by then. */
function holdOf(timer: NodeJS.Timeout): (holding: boolean) => void {
  let wanted = true;
  let held = true;
  let isDeciding = false;
  const decide = () => {
    isDeciding = false;
    if (wanted) return;
    held = false;
    timer.unref();
  };
  return (holding) => {
    wanted = holding;
    if (!holding && !isDeciding) {
      isDeciding = true;
      setImmediate(decide);
    } else if (holding && !held) {
      held = true;
      timer.ref();
    }
  };
}

/** The longest delay that timers take: `setTimeout` fires at once beyond it. */
export const MAX_DELAY_MS = 2_147_483_647;

/** Resolves after `delayMs`, or rejects with the signal's reason. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const abort = () => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = clock.schedule(delayMs, () => {
      signal?.removeEventListener("abort", abort);
      resolve();
    });
    signal?.addEventListener("abort", abort, { once: true });
  });
}

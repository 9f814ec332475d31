import { type Clock, sleep } from "../core/clock.ts";
import type { Logger } from "../core/logger.ts";
import type { DeadLetterQueue } from "../resilience/dead-letter-queue.ts";

type Queues = readonly DeadLetterQueue[];

/** How long a closing host waits before it has dead letters stored again, in ms. */
const STORE_AGAIN_MS = 250;

/** How long a module that is unregistered waits for its dead letters, in ms. */
const STORE_SOON_MS = 1_000;

/** Has dead letters stored, again and again until `signal` says otherwise. */
export async function storeAll(queues: Queues, clock: Clock, signal: AbortSignal): Promise<void> {
  for (;;) {
    await storeOnce(queues);
    if (signal.aborted || queues.every(({ pending }) => pending === 0)) return;
    await sleep(clock, STORE_AGAIN_MS, signal);
  }
}

/** Has dead letters stored, and gives the queues that have not done so soon. */
export async function storeSoon(queues: Queues, clock: Clock): Promise<Queues> {
  let cancel = () => {};
  const late = new Promise<void>((resolve) => {
    cancel = clock.schedule(STORE_SOON_MS, resolve);
  });
  await Promise.race([storeOnce(queues), late]);
  cancel();
  return queues.filter(({ pending }) => pending > 0);
}

/** Says which dead letters end with the host. */
export function reportLost(queues: Queues, logger: Logger): void {
  const letters = queues.flatMap(({ unstored }) =>
    unstored.map(({ id, eventName }) => ({ id, event: eventName })),
  );
  const removals = queues.reduce((sum, { pending }) => sum + pending, 0) - letters.length;
  if (letters.length + removals === 0) return;
  logger.error(
    { letters, removals },
    "the host closes with dead letters that were not stored, or not removed",
  );
}

/** What their stores fail with the queues tell by themselves. */
async function storeOnce(queues: Queues): Promise<void> {
  await Promise.allSettled(queues.map((queue) => queue.flush()));
}

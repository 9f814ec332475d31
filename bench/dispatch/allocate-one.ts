/** `node --expose-gc ... allocate-one.ts <file> <name>`: a process that counts what one contender allocates. */
import { PerformanceObserver } from "node:perf_hooks";
import { setImmediate } from "node:timers/promises";
import { getHeapStatistics } from "node:v8";
import { serve } from "../shared/serve.ts";
import { loop } from "./loops.ts";
import { givenSubject } from "./subject.ts";

/** Bytes per dispatch, garbage included. */
export interface Allocation {
  bytes: number;
}

const times = 10_000;
const warmUps = 20;
const tries = 10;

const subject = await givenSubject();
for (let i = 0; i < warmUps; i++) await loop(subject, times);

serve(async (): Promise<Allocation> => {
  for (let i = 0; i < tries; i++) {
    const { grown, collections } = await growth();
    if (collections === 0) return { bytes: grown / times };
  }
  throw new Error(`garbage was collected in each of ${tries} tries to count allocations`);
});

/** How much the heap grew over a loop, and how often it was collected, which makes the first figure worthless. */
async function growth(): Promise<{ grown: number; collections: number }> {
  globalThis.gc?.({ type: "minor" }); // a full one would discard compiled code
  await setImmediate(); // lets that collection be reported before the observer is there
  const observer = new PerformanceObserver(() => {});
  observer.observe({ entryTypes: ["gc"] });
  const before = getHeapStatistics().used_heap_size;
  await loop(subject, times);
  const grown = getHeapStatistics().used_heap_size - before;
  await setImmediate(); // as above: reports come in a later turn of the event loop
  const collections = observer.takeRecords().length;
  observer.disconnect();
  return { grown, collections };
}

/** `node time-one.ts <file> <name> <batch ms>`: a process that times one contender, asked for a batch at a time. */

import { serve } from "../shared/serve.ts";
import { loop, loopBare } from "./loops.ts";
import { givenSubject } from "./subject.ts";

/** Nanoseconds per dispatch; `bare` was measured right before, so that noise from outside falls on both. */
export interface Times {
  bare: number;
  contender: number;
}

type Loop = (times: number) => Promise<void>;

const batchMs = Number(process.argv[4]);
const subject = await givenSubject();
const timeBare = timerOf(loopBare);
const timeSubject = timerOf((times) => loop(subject, times));

serve(async (): Promise<Times> => ({ bare: await timeBare(), contender: await timeSubject() }));

/** Runs a loop for about `batchMs`, always with one number of turns, which the first call (a warm-up) finds. */
function timerOf(loop: Loop): () => Promise<number> {
  let times: number | undefined;
  return async () => {
    times ??= await timesPerBatch(loop);
    return nanoseconds(loop, times);
  };
}

async function timesPerBatch(loop: Loop): Promise<number> {
  let times = 100;
  while (times * (await nanoseconds(loop, times)) < batchMs * 1e6) times *= 2;
  return Math.ceil((batchMs * 1e6) / (await nanoseconds(loop, times)));
}

/** Per turn. */
async function nanoseconds(loop: Loop, times: number): Promise<number> {
  const start = process.hrtime.bigint();
  await loop(times);
  return Number(process.hrtime.bigint() - start) / times;
}

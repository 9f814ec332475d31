import { type MeasuredProcess, startMeasuring } from "../shared/measured-process.ts";
import type { Entry } from "../shared/roster.ts";
import { type Spread, spreadOf } from "../shared/statistics.ts";
import { turns } from "../shared/turns.ts";
import type { Contender } from "./contender.ts";
import type { Times } from "./time-one.ts";

export interface Plan {
  rounds: number;
  warmUpRounds: number;
  batchMs: number;
}

export interface Timing<C extends Contender = Contender> {
  contender: C;
  /** Nanoseconds per dispatch. */
  ns: Spread;
  /** The same of the bare `await fn()` in this contender's process. */
  bareNs: Spread;
  /** `ns` over `bareNs`, round by round. */
  ratio: Spread;
}

/**
 * Times contenders in rounds. In each of them every contender runs one batch, so that a slow minute of the machine is
 * shared by all.
 *
 * Each has a process of its own, idle while others run: in a common one, what the engine learnt from one library (what
 * to inline, how many shapes a call site sees) would change the figures of the next. And each batch follows one of the
 * bare `await fn()` in that same process, so that a ratio compares neighbours in time, heap and clock rate.
 */
export async function timeInRounds<C extends Contender>(
  entries: Entry<C>[],
  plan: Plan,
): Promise<Timing<C>[]> {
  const runners = entries.map((entry) => startRunner(entry, plan));
  try {
    await Promise.all(runners.map(({ process }) => process.ready));
    for (let round = 0; round < plan.warmUpRounds; round++) await runRound(runners, round);
    for (const runner of runners) runner.times = [];
    for (let round = 0; round < plan.rounds; round++) await runRound(runners, round);
  } finally {
    for (const { process } of runners) process.end();
  }
  return runners.map(timingOf);
}

interface Runner<C extends Contender> {
  contender: C;
  process: MeasuredProcess<Times>;
  times: Times[];
}

function startRunner<C extends Contender>(entry: Entry<C>, { batchMs }: Plan): Runner<C> {
  const script = new URL("./time-one.ts", import.meta.url);
  const process = startMeasuring<Times>(script, entry, { options: [`${batchMs}`] });
  return { contender: entry.contender, process, times: [] };
}

async function runRound<C extends Contender>(runners: Runner<C>[], round: number): Promise<void> {
  for (const runner of turns(runners, round)) runner.times.push(await runner.process.measure());
}

function timingOf<C extends Contender>({ contender, times }: Runner<C>): Timing<C> {
  return {
    contender,
    ns: spreadOf(times.map((one) => one.contender)),
    bareNs: spreadOf(times.map((one) => one.bare)),
    ratio: spreadOf(times.map((one) => one.contender / one.bare)),
  };
}

import { type Spread, spreadOf } from "../shared/statistics.ts";
import { type Compilation, compile } from "./compile.ts";
import { type Application, generate } from "./generate.ts";

/** What type-checking an application costs; times in seconds, memory in bytes. */
export interface Measurement {
  name: string;
  errors: boolean;
  events: number;
  instantiations: number;
  types: number;
  checkTime: Spread;
  /** One for each round, in their order. */
  checkTimes: number[];
  totalTime: Spread;
  memory: Spread;
}

/** The applications take turns: whatever else the machine does meanwhile meets all of them. */
export function measureInRounds(applications: Application[], rounds: number): Measurement[] {
  const candidates = applications.map((application) => ({
    application,
    folder: generate(application),
    compilations: [] as Compilation[],
  }));
  for (let round = 0; round < rounds; round++) {
    for (const { folder, compilations } of candidates) compilations.push(compile(folder));
  }
  return candidates.map(({ application, compilations }) => summary(application, compilations));
}

function summary({ program, errors, events }: Application, compilations: Compilation[]): Measurement {
  const spread = (of: (compilation: Compilation) => number) => spreadOf(compilations.map(of));
  return {
    name: program.name,
    errors,
    events,
    instantiations: always(compilations.map(({ instantiations }) => instantiations)),
    types: always(compilations.map(({ types }) => types)),
    checkTime: spread(({ checkTime }) => checkTime),
    checkTimes: compilations.map(({ checkTime }) => checkTime),
    totalTime: spread(({ totalTime }) => totalTime),
    memory: spread(({ memory }) => memory),
  };
}

/**
 * How many times longer `one` is checked than `other`: the median of what the rounds say, each of which compares two runs
 * of the same minute.
 */
export function checkTimeRatio(one: Measurement, other: Measurement): number {
  return spreadOf(one.checkTimes.map((time, round) => time / (other.checkTimes[round] ?? Number.NaN))).median;
}

/** The one value of a count that is the same in every run. */
function always(counts: number[]): number {
  const [count, ...others] = new Set(counts);
  if (count === undefined || others.length > 0) {
    throw new Error(`the compiler counts differently from run to run: ${counts.join(", ")}`);
  }
  return count;
}

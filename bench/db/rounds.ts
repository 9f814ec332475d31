import { type MeasuredProcess, startMeasuring } from "../shared/measured-process.ts";
import type { Entry } from "../shared/roster.ts";
import { type Spread, spreadOf } from "../shared/statistics.ts";
import { turns } from "../shared/turns.ts";
import type { Contender, DatabaseName, Variant } from "./contender.ts";
import { type Operation, operations } from "./operations.ts";
import type { Time } from "./time-one.ts";

export interface Plan {
  /** How often each contender gets a new process: what the engine makes of a program differs from one to the next. */
  processes: number;
  /** Of each process and operation. */
  rounds: number;
  /** How long a process runs an operation before its first batch; one more round does not count. */
  warmUpMs: number;
  /** Of one batch. */
  batchMs: number;
}

/** Where the contenders work. */
export interface Place {
  database: DatabaseName;
  url: string;
  /** A name for each process: of its schema in PostgreSQL. */
  newSchema(): Promise<string>;
  /** When all processes of a crew have ended. */
  cleanUp(): Promise<void>;
}

/** What a contender made of one operation. */
export interface Result {
  database: DatabaseName;
  operation: string;
  contender: string;
  driver: Variant["driver"];
  statements: Variant["statements"];
  /** Of one operation, or of one row where an operation makes many. */
  microseconds: Spread;
  /** Over those of the unit in the same round. */
  ratio: Spread;
  /** The same of the process's CPU time. */
  cpuMicroseconds: Spread;
  cpuRatio: Spread;
  /** All that was measured, round by round. */
  rounds: Time[];
}

interface Runner {
  contender: Contender;
  process: MeasuredProcess<Time>;
  times: Map<Operation, Time[]>;
}

/**
 * Times the contenders in rounds. In each of them every contender runs one batch, so that a slow minute of the machine
 * is shared by all, and its ratio is to what the unit, the first contender, took in that same round.
 *
 * Each has a process of its own, started before all and idle while others run.
 */
export async function timeInRounds(entries: Entry<Contender>[], place: Place, plan: Plan): Promise<Result[]> {
  const crews: Runner[][] = [];
  for (let crew = 0; crew < plan.processes; crew++) crews.push(await timeCrew(entries, place, plan));
  const timesOf = (index: number, operation: Operation) =>
    crews.flatMap((crew) => crew[index]?.times.get(operation) ?? []);
  return operations.flatMap((operation) => {
    const ofUnit = timesOf(0, operation);
    return entries.flatMap(({ contender }, index) => {
      const rounds = timesOf(index, operation);
      return rounds.length === 0 ? [] : [resultOf(contender, place.database, operation, rounds, ofUnit)];
    });
  });
}

async function timeCrew(entries: Entry<Contender>[], place: Place, plan: Plan): Promise<Runner[]> {
  const runners: Runner[] = [];
  try {
    for (const entry of entries) runners.push(await start(entry, place, plan));
    for (const operation of operations) {
      const takers = runners.filter(({ times }) => times.has(operation));
      for (let round = -1; round < plan.rounds; round++) {
        for (const { process, times } of turns(takers, round + 1)) {
          const time = await process.measure(operation.name);
          if (round >= 0) times.get(operation)?.push(time);
        }
      }
    }
    return runners;
  } finally {
    for (const { process } of runners) process.end();
    await place.cleanUp();
  }
}

/** One after the other: filling tables side by side would only make the machine busy. */
async function start(
  entry: Entry<Contender>,
  { database, url, newSchema }: Place,
  { batchMs, warmUpMs }: Plan,
): Promise<Runner> {
  const options = [database, url, await newSchema(), `${batchMs}`, `${warmUpMs}`];
  const process = startMeasuring<Time>(new URL("./time-one.ts", import.meta.url), entry, { options });
  await process.ready;
  const { only } = entry.contender.on[database];
  const measured = operations.filter(({ name }) => only?.includes(name) ?? true);
  return {
    contender: entry.contender,
    process,
    times: new Map(measured.map((operation) => [operation, []])),
  };
}

function resultOf(
  { name, on }: Contender,
  database: DatabaseName,
  operation: Operation,
  rounds: Time[],
  ofUnit: Time[],
): Result {
  const { driver, statements } = on[database];
  const spread = (of: (time: Time) => number) => spreadOf(rounds.map(of));
  const spreadOfRatio = (of: (time: Time) => number) =>
    spreadOf(rounds.map((time, round) => of(time) / of(ofUnit[round] ?? time)));
  return {
    database,
    operation: operation.name,
    contender: name,
    driver,
    statements,
    microseconds: spread((time) => time.microseconds),
    ratio: spreadOfRatio((time) => time.microseconds),
    cpuMicroseconds: spread((time) => time.cpuMicroseconds),
    cpuRatio: spreadOfRatio((time) => time.cpuMicroseconds),
    rounds,
  };
}

import { type MeasuredProcess, startMeasuring } from "../shared/measured-process.ts";
import type { Entry } from "../shared/roster.ts";
import { type Spread, spreadOf } from "../shared/statistics.ts";
import { turns } from "../shared/turns.ts";
import { type Case, cases, checkAnswers } from "./cases.ts";
import type { Contender } from "./contender.ts";
import type { Load, LoadGenerator } from "./load.ts";
import type { Listening, Usage } from "./server.ts";

export interface Plan {
  /** How often each contender gets a new process: what the engine makes of a program differs from one to the next. */
  processes: number;
  /** Of each process. */
  rounds: number;
  warmUpRounds: number;
  /** Of one load. */
  seconds: number;
}

/** What a contender made of one case. */
export interface Result {
  case: string;
  contender: string;
  validates: string;
  requestsPerSecond: Spread;
  /** Of the requests per second of the unit, round by round. */
  share: Spread;
  p99Ms: Spread;
  /** Of the server's process, for one request. Other work on the machine disturbs it less than it does the load. */
  cpuMicroseconds: Spread;
  /** The unit's of the same round over this. */
  cpuShare: Spread;
  /** Bytes that the server's process holds, and those alive in its heap, after all rounds of all cases. */
  rss: number;
  heapUsed: number;
}

/** A load, and what it cost the server. */
interface Taken extends Load {
  cpuMicroseconds: number;
}

interface Server {
  contender: Contender;
  process: MeasuredProcess<Usage, Listening>;
  port: number;
  loads: Map<Case, Taken[]>;
}

/**
 * Loads the contenders in rounds. In each of them every contender takes the load once, so that a slow minute of the
 * machine is shared by all, and its share is of what the unit, the first contender, did in that same round.
 *
 * Each has a process of its own, started before all and idle while others are loaded.
 */
export async function loadInRounds(
  entries: Entry<Contender>[],
  generator: LoadGenerator,
  plan: Plan,
): Promise<Result[]> {
  const crews: Sample[][] = [];
  for (let crew = 0; crew < plan.processes; crew++) crews.push(await loadCrew(entries, generator, plan));
  const samples = entries.map((_, index) => joined(crews.flatMap((crew) => crew[index] ?? [])));
  const [unit] = samples;
  return unit === undefined ? [] : samples.flatMap((sample) => resultsOf(sample, unit));
}

/** What one contender took, and what its process held in the end. */
interface Sample extends Usage {
  contender: Contender;
  loads: Map<Case, Taken[]>;
}

async function loadCrew(
  entries: Entry<Contender>[],
  generator: LoadGenerator,
  plan: Plan,
): Promise<Sample[]> {
  const starting = entries.map(start);
  try {
    const servers = await Promise.all(starting.map(checked));
    for (const one of cases) {
      for (let round = -plan.warmUpRounds; round < plan.rounds; round++) {
        for (const server of turns(servers, round + plan.warmUpRounds)) {
          const load = await take(server, one, generator, plan.seconds);
          if (round >= 0) server.loads.get(one)?.push(load);
        }
      }
    }
    return await Promise.all(
      servers.map(async (server) => ({ ...server, ...(await server.process.measure("collected")) })),
    );
  } finally {
    for (const { process } of starting) process.end();
  }
}

/** The samples of one contender as one. */
function joined([first, ...others]: Sample[]): Sample {
  const sample = first as Sample;
  for (const other of others) {
    for (const [one, loads] of other.loads) sample.loads.get(one)?.push(...loads);
    sample.rss = Math.max(sample.rss, other.rss);
    sample.heapUsed = Math.max(sample.heapUsed, other.heapUsed);
  }
  return sample;
}

type Starting = Pick<Server, "contender" | "process">;

function start(entry: Entry<Contender>): Starting {
  const script = new URL("./server.ts", import.meta.url);
  const process = startMeasuring<Usage, Listening>(script, entry, { execArgv: ["--expose-gc"] });
  return { contender: entry.contender, process };
}

async function checked({ contender, process }: Starting): Promise<Server> {
  const { port } = await process.ready;
  for (const one of cases) {
    await checkAnswers(one, contender.wire, port).catch((cause) => {
      throw new Error(`${contender.name}, ${one.title}: not the answer that all must give`, { cause });
    });
  }
  return { contender, process, port, loads: new Map(cases.map((one) => [one, []])) };
}

async function take(
  { contender, process, port }: Server,
  { request }: Case,
  generator: LoadGenerator,
  seconds: number,
): Promise<Taken> {
  const before = await process.measure();
  const load = await generator.load(port, request(contender.wire), seconds);
  const after = await process.measure();
  return { ...load, cpuMicroseconds: (after.cpuMicroseconds - before.cpuMicroseconds) / load.requests };
}

function resultsOf({ contender, loads, rss, heapUsed }: Sample, unit: Sample): Result[] {
  return Array.from(loads, ([one, taken]) => {
    const ofUnit = unit.loads.get(one) ?? taken;
    const spread = (of: (load: Taken, unit: Taken) => number) =>
      spreadOf(taken.map((load, round) => of(load, ofUnit[round] ?? load)));
    return {
      case: one.title,
      contender: contender.name,
      validates: contender.validates,
      requestsPerSecond: spread((load) => load.requestsPerSecond),
      share: spread((load, unit) => load.requestsPerSecond / unit.requestsPerSecond),
      p99Ms: spread((load) => load.p99Ms),
      cpuMicroseconds: spread((load) => load.cpuMicroseconds),
      cpuShare: spread((load, unit) => unit.cpuMicroseconds / load.cpuMicroseconds),
      rss,
      heapUsed,
    };
  });
}

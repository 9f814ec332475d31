import { type MeasuredProcess, startMeasuring } from "../shared/measured-process.ts";
import type { Entry } from "../shared/roster.ts";
import { type Spread, spreadOf } from "../shared/statistics.ts";
import { turns } from "../shared/turns.ts";
import { type Case, cases, checkAnswers } from "./cases.ts";
import type { Contender } from "./contender.ts";
import type { Load, LoadGenerator } from "./load.ts";
import type { Listening, Memory } from "./server.ts";

export interface Plan {
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
  p50Ms: Spread;
  p99Ms: Spread;
  /** Of the server after all rounds of all cases. */
  memory: Memory;
}

interface Server {
  contender: Contender;
  process: MeasuredProcess<Memory, Listening>;
  port: number;
  loads: Map<Case, Load[]>;
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
  const starting = entries.map(start);
  try {
    const servers = await Promise.all(starting.map(checked));
    for (const one of cases) {
      for (let round = -plan.warmUpRounds; round < plan.rounds; round++) {
        for (const server of turns(servers, round + plan.warmUpRounds)) {
          const load = await generator.load(server.port, one.request(server.contender.wire), plan.seconds);
          if (round >= 0) server.loads.get(one)?.push(load);
        }
      }
    }
    return await Promise.all(servers.map((server) => resultsOf(server, servers[0] ?? server))).then(
      (results) => results.flat(),
    );
  } finally {
    for (const { process } of starting) process.end();
  }
}

type Starting = Pick<Server, "contender" | "process">;

function start(entry: Entry<Contender>): Starting {
  const script = new URL("./server.ts", import.meta.url);
  const process = startMeasuring<Memory, Listening>(script, entry, { execArgv: ["--expose-gc"] });
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

async function resultsOf({ contender, process, loads }: Server, unit: Server): Promise<Result[]> {
  const memory = await process.measure();
  return Array.from(loads, ([one, ofCase]) => {
    const unitLoads = unit.loads.get(one) ?? [];
    const spread = (of: (load: Load) => number) => spreadOf(ofCase.map(of));
    return {
      case: one.title,
      contender: contender.name,
      validates: contender.validates,
      requestsPerSecond: spread(({ requestsPerSecond }) => requestsPerSecond),
      share: spreadOf(
        ofCase.map((load, i) => load.requestsPerSecond / (unitLoads[i]?.requestsPerSecond ?? Number.NaN)),
      ),
      p50Ms: spread(({ p50Ms }) => p50Ms),
      p99Ms: spread(({ p99Ms }) => p99Ms),
      memory,
    };
  });
}

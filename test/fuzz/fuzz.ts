import { targets } from "./application.ts";
import type { Attempt } from "./attempt.ts";
import { Client } from "./connection.ts";
import { isRefusalOfNode, wrongWith } from "./judge.ts";
import { requestOf } from "./requests/families.ts";
import type { Condition } from "./server.ts";
import { ServerProcess } from "./server-process.ts";
import { Tally } from "./tally.ts";

const CONNECTIONS = 8;
/** Bytes alive that the second half of a run may add. */
const MAX_GROWTH = 4 * 1024 * 1024;

/** Something that must not be. */
export interface Finding {
  readonly what: string;
  /** What to repeat; undefined for what is of the whole run. */
  readonly request?: { readonly number: number; readonly family: string; readonly attempt: Attempt };
}

export interface Report {
  readonly findings: readonly Finding[];
  readonly tally: Tally;
  /** Half-way and at the end. */
  readonly conditions: readonly Condition[];
}

/** Sends these requests of a seed to a new server, and gives all that was wrong. */
export async function fuzz(seed: number, numbers: readonly number[]): Promise<Report> {
  const server = await ServerProcess.start();
  const tally = new Tally();
  const findings: Finding[] = [];
  const conditions: Condition[] = [];
  const middle = Math.ceil(numbers.length / 2);

  for (const half of [numbers.slice(0, middle), numbers.slice(middle)]) {
    findings.push(...(await sendAll(server, seed, half, tally)));
    if (server.end !== undefined) {
      return { findings: [...findings, { what: `the server crashed: ${server.end}` }], tally, conditions };
    }
    conditions.push(await server.condition());
  }
  findings.push(...wrongWithServer(conditions).map((what) => ({ what })));
  if (!(await server.stop())) findings.push({ what: "the server did not end when it was closed" });
  return { findings, tally, conditions };
}

async function sendAll(
  server: ServerProcess,
  seed: number,
  numbers: readonly number[],
  tally: Tally,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const waiting = numbers.values();
  const work = async () => {
    const client = new Client(server.port);
    for (const number of waiting) {
      const { family, attempt } = requestOf(seed, number, targets);
      const outcome = await client.send(attempt);
      tally.count(
        family,
        outcome.answers.map((answer) => ({ ...answer, refused: isRefusalOfNode(answer) })),
      );
      const what = wrongWith(attempt, outcome);
      if (what !== undefined) findings.push({ what, request: { number, family, attempt } });
      if (server.end !== undefined) return;
    }
    client.close();
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, work));
  return findings.toSorted((a, b) => (a.request?.number ?? 0) - (b.request?.number ?? 0));
}

function wrongWithServer([middle, end]: readonly Condition[]): string[] {
  if (middle === undefined || end === undefined) return [];
  const growth = end.heapUsed - middle.heapUsed;
  return [
    growth > MAX_GROWTH ? `the heap grew by ${growth} bytes in the second half` : [],
    end.eventsInProgress > 0 ? `${end.eventsInProgress} events are still in progress` : [],
    end.polluted.map((name) => `Object.prototype has ${name}`),
    end.warnings.map((warning) => `the process warned: ${warning}`),
  ].flat();
}

import { spreadOf } from "../shared/statistics.ts";
import { figure } from "../shared/table.ts";
import type { DatabaseName } from "./contender.ts";
import type { Result } from "./rounds.ts";

/** At most so many times what the raw driver takes. */
const budget: Record<DatabaseName, Record<string, number>> = {
  sqlite: { getById: 8, create: 8 },
  postgresql: { getById: 3, create: 3 },
};

/** Medians of one and the same program differ by so much from run to run. */
const noise = 0.05;

export interface Verdict {
  kept: boolean;
  /** A line for the budgets and one for the peers. */
  text: string;
}

/** Of one database's results: whether `ours` kept its budgets, and is no slower than any peer at any operation. */
export function verdictOn(database: DatabaseName, results: Result[], ours: string, unit: string): Verdict {
  const own = results.filter(({ contender }) => contender === ours);
  const peers = results.filter(({ contender }) => contender !== ours && contender !== unit);
  const [overBudget, asked] = judgeBudget(own, budget[database]);
  const slower = own.flatMap((result) => slowerThan(result, peers));
  return {
    kept: overBudget.length === 0 && slower.length === 0,
    text: [
      `Budget (${asked}) ${overBudget.length === 0 ? "kept" : `MISSED: ${overBudget.join(", ")}`}`,
      slower.length === 0
        ? `No slower than any peer at any operation (${percent(noise)} allowed for noise)`
        : `SLOWER than a peer: ${slower.join(", ")}`,
    ].join("\n"),
  };
}

function judgeBudget(own: Result[], limits: Record<string, number>): [missed: string[], asked: string] {
  const judged = own.filter(({ operation }) => operation in limits);
  const missed = judged
    .filter(({ operation, ratio }) => ratio.median > (limits[operation] ?? 0))
    .map(({ operation, ratio }) => `${operation} ${figure(ratio.median)} × raw`);
  return [missed, judged.map(({ operation }) => `${operation} ${limits[operation]} × raw`).join(", ")];
}

/** By the median of the ratios in each round, for each peer that it is slower than. */
function slowerThan({ operation, rounds }: Result, peers: Result[]): string[] {
  return peers
    .filter((peer) => peer.operation === operation)
    .map(({ contender, rounds: theirs }) => ({
      contender,
      ratio: spreadOf(
        rounds.map((time, round) => time.microseconds / (theirs[round]?.microseconds ?? Number.NaN)),
      ).median,
    }))
    .filter(({ ratio }) => ratio > 1 + noise)
    .map(({ contender, ratio }) => `${operation} by ${percent(ratio - 1)} than ${contender}`);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}

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
  /** A line for the budgets, one for the peers, and one for what is faster and not judged. */
  text: string;
}

/**
 * Of one database's results: whether `ours` kept its budgets, and is no slower than any peer at any operation.
 *
 * Statements that one prepares by hand, once for each query of a program, are another form of the raw driver: the
 * verdict says how far they are, and judges by what makes its SQL of each call's arguments as `ours` does.
 */
export function verdictOn(database: DatabaseName, results: Result[], ours: string, unit: string): Verdict {
  const own = results.filter(({ contender }) => contender === ours);
  const others = results.filter(({ contender }) => contender !== ours && contender !== unit);
  const peers = others.filter(({ statements }) => statements !== "prepared once");
  const byHand = others.filter(({ statements }) => statements === "prepared once");
  const limits = Object.entries(budget[database]);
  const asked = limits.map(([operation, limit]) => `${operation} ${limit} × raw`).join(", ");
  const missed = own
    .filter(
      ({ operation, ratio }) => ratio.median > (budget[database][operation] ?? Number.POSITIVE_INFINITY),
    )
    .map(({ operation, ratio }) => `${operation} ${figure(ratio.median)} × raw`);
  const slower = own.flatMap((result) => slowerThan(result, peers, noise));
  const slowerThanByHand = own.flatMap((result) => slowerThan(result, byHand, noise));
  return {
    kept: missed.length === 0 && slower.length === 0,
    text: [
      `Budget (${asked}) ${missed.length === 0 ? "kept" : `MISSED: ${missed.join("; ")}`}`,
      `No peer more than ${percent(noise)} faster: ${slower.length === 0 ? "kept" : `MISSED: ${slower.join("; ")}`}`,
      ...(slowerThanByHand.length === 0
        ? []
        : [`Not judged, prepared by hand: ${slowerThanByHand.join("; ")}`]),
    ].join("\n"),
  };
}

/** Each that is faster, and how much longer the same takes here; by the median of the ratios in each round. */
function slowerThan({ operation, rounds }: Result, others: Result[], allowed: number): string[] {
  return others
    .filter((other) => other.operation === operation)
    .map(({ contender, rounds: theirs }) => ({
      contender,
      ratio: spreadOf(
        rounds.map(({ microseconds }, round) => microseconds / (theirs[round]?.microseconds ?? Number.NaN)),
      ).median,
    }))
    .filter(({ ratio }) => ratio > 1 + allowed)
    .map(({ contender, ratio }) => `${operation} takes ${figure(ratio)} × ${contender}'s time`);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}

import { rosterOf } from "../shared/roster.ts";
import { spreadOf } from "../shared/statistics.ts";
import { figure, table } from "../shared/table.ts";
import type { Contender } from "./contender.ts";
import type { Part } from "./part.ts";
import { type Timing, timeInRounds } from "./rounds.ts";

const folder = new URL("./contenders/", import.meta.url);
const names = [
  "bare",
  "map",
  "eventemitter3",
  "nest-cqrs",
  "mediatr-ts",
  "moleculer",
  "orpc",
  "tsmodules",
  "everything",
  "everything-peers",
];
const fullPlan = { rounds: 15, warmUpRounds: 1, batchMs: 50 };
const quickPlan = { rounds: 5, warmUpRounds: 1, batchMs: 10 };

/** One dispatch, this project beside its peers: those that do not validate, then those that do, quickest first. */
export const comparison: Part = async ({ quick, only }) => {
  const plan = quick ? quickPlan : fullPlan;
  const timings = await timeInRounds(await rosterOf<Contender>(folder, names, only), plan);
  const sorted = timings.toSorted(
    (a, b) => Number(validates(a)) - Number(validates(b)) || a.ratio.median - b.ratio.median,
  );
  const title = `One dispatch, ${plan.rounds} rounds of ${plan.batchMs} ms; × bare: over the bare await fn() before it`;
  return { results: sorted, text: [title, tableOf(sorted), noteOnBare(sorted)].join("\n\n") };
};

const validates = ({ contender }: Timing): boolean => contender.validates !== "no";

function tableOf(timings: Timing[]): string {
  return table(
    [
      { title: "contender", align: "left" },
      { title: "validates", align: "left" },
      { title: "finds handler", align: "left" },
      { title: "handler", align: "left" },
      { title: "median ns", align: "right" },
      { title: "min", align: "right" },
      { title: "max", align: "right" },
      { title: "median × bare", align: "right" },
      { title: "min", align: "right" },
      { title: "max", align: "right" },
    ],
    timings.map(({ contender, ns, ratio }) => [
      contender.name,
      contender.validates,
      contender.finds,
      contender.handler,
      ...[ns.median, ns.min, ns.max, ratio.median, ratio.min, ratio.max].map(figure),
    ]),
  );
}

/** The unit should cost the same in all processes; a library that slows every await would betray itself here. */
function noteOnBare(timings: Timing[]): string {
  const { min, max } = spreadOf(timings.map(({ bareNs }) => bareNs.median));
  return `bare await fn() took ${figure(min)} to ${figure(max)} ns, depending on the process (medians).`;
}

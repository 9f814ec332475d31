import { rosterOf } from "../shared/roster.ts";
import { figure, table } from "../shared/table.ts";
import { type Crowd, sizes } from "./crowds/crowd.ts";
import type { Part } from "./part.ts";
import { type Timing, timeInRounds } from "./rounds.ts";

const folder = new URL("./crowds/", import.meta.url);
const names = ["tsmodules", "moleculer", "mediatr-ts"];
const fullPlan = { sizes, rounds: 5, warmUpRounds: 1, batchMs: 50 };
const quickPlan = { sizes: [1, 100, 1_000], rounds: 5, warmUpRounds: 1, batchMs: 10 };

/** One dispatch among ever more registered modules. */
export const scaling: Part = async ({ quick, only }) => {
  const plan = quick ? quickPlan : fullPlan;
  const crowds = await rosterOf<Crowd>(folder, names, only);
  const timings = await timeInRounds(
    crowds.filter(({ contender }) => plan.sizes.includes(contender.modules)),
    plan,
  );
  const title = `One dispatch among so many registered modules, ${plan.rounds} rounds of ${plan.batchMs} ms; medians`;
  return { results: timings, text: `${title}\n\n${tableOf(timings)}` };
};

/** A row per number of modules, two columns per library: ns/op, and how many times the cost of a single module. */
function tableOf(timings: Timing<Crowd>[]): string {
  const libraries = Object.entries(Object.groupBy(timings, ({ contender }) => contender.library));
  const sizes = new Set(timings.map(({ contender }) => contender.modules));
  return table(
    [
      { title: "modules", align: "right" },
      ...libraries.flatMap(([library]) => [
        { title: `${library}, ns/op`, align: "right" as const },
        { title: "× one", align: "right" as const },
      ]),
    ],
    Array.from(sizes, (size) => [
      size.toLocaleString("en"),
      ...libraries.flatMap(([, ofLibrary = []]) => costAt(size, ofLibrary)),
    ]),
  );
}

/** The second figure compares ratios to the bare await fn(), so that it does not show when the machine was slow. */
function costAt(size: number, timings: Timing<Crowd>[]): string[] {
  const at = (modules: number) => timings.find(({ contender }) => contender.modules === modules);
  const [some, one] = [at(size), at(1)];
  return some && one ? [figure(some.ns.median), figure(some.ratio.median / one.ratio.median)] : ["", ""];
}

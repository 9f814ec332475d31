import { rosterOf } from "../shared/roster.ts";
import { figure, table } from "../shared/table.ts";
import type { Part } from "./part.ts";
import type { PolicyContender } from "./policies/policy-contender.ts";
import { type Timing, timeInRounds } from "./rounds.ts";

const folder = new URL("./policies/", import.meta.url);
const names = ["by-hand", "tsmodules", "cockatiel", "others"];

/** Each policy alone around an async function that succeeds. */
export const policies: Part = async ({ quick, only }) => {
  const plan = { rounds: quick ? 3 : 11, warmUpRounds: 1, batchMs: quick ? 10 : 40 };
  const timings = await timeInRounds(await rosterOf<PolicyContender>(folder, names, only), plan);
  const sorted = timings.toSorted(
    (a, b) => a.contender.policy.localeCompare(b.contender.policy) || a.ratio.median - b.ratio.median,
  );
  const title = `A policy around an async function that succeeds, ${plan.rounds} rounds of ${plan.batchMs} ms`;
  return { results: sorted, text: [title, tableOf(sorted)].join("\n\n") };
};

function tableOf(timings: Timing<PolicyContender>[]): string {
  return table(
    [
      { title: "policy", align: "left" },
      { title: "contender", align: "left" },
      { title: "median ns", align: "right" },
      { title: "median × bare", align: "right" },
      { title: "min", align: "right" },
      { title: "max", align: "right" },
    ],
    timings.map(({ contender, ns, ratio }) => [
      contender.policy,
      contender.library,
      ...[ns.median, ratio.median, ratio.min, ratio.max].map(figure),
    ]),
  );
}

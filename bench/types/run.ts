/**
 * What the compiler does for an event with its handler and one call, beside peers, in applications of up to 1,000; and
 * for a model with its repository and five calls, in applications of up to 200.
 *
 *     node types/run.ts [--runs=5] [--json] [--types=path/to/index.d.ts]
 *
 * Measures `dist`; `--types` puts a declaration file in the place of that of events. Exits with 1 when the budget is
 * exceeded.
 */
import { parseArgs } from "node:util";
import { environment } from "../shared/environment.ts";
import { figure } from "../shared/table.ts";
import type { Application } from "./generate.ts";
import { checkTimeRatio, type Measurement, measureInRounds } from "./measure.ts";
import { models } from "./programs/models.ts";
import { orpc } from "./programs/orpc.ts";
import { trpc } from "./programs/trpc.ts";
import { tsmodules } from "./programs/tsmodules.ts";
import { costTable, find, growth, growthTable, modelTable } from "./report.ts";

/** What 1,000 events without declared errors may cost, which all three libraries can write. */
const budget = {
  instantiations: 1_000_000,
  /** Times the check time of oRPC in the same run. */
  checkTimeToOrpc: 1,
};

const { values: flags } = parseArgs({
  options: {
    runs: { type: "string", default: "5" },
    json: { type: "boolean", default: false },
    types: { type: "string" },
  },
});
const runs = Number(flags.runs);
if (!Number.isInteger(runs) || runs < 1) throw new Error(`--runs must be 1 or more, not ${flags.runs}`);

const measurements = measureInRounds(applications(), runs);
const modelMeasurements = measureInRounds(
  [0, 10, 50, 200].map((events) => ({ program: models, errors: false, events })),
  runs,
);
const { text: verdict, kept } = judge(measurements, modelMeasurements);
if (flags.json) {
  console.log(JSON.stringify({ environment, runs, budget, kept, measurements, modelMeasurements }, null, 2));
} else {
  console.log(`${environment.cpu}, one thread; times are the median of ${runs} interleaved runs\n`);
  const tables = [costTable(measurements), growthTable(measurements), modelTable(modelMeasurements)];
  console.log([...tables, verdict].join("\n\n"));
}
if (!kept) process.exitCode = 1;

function applications(): Application[] {
  const variants = [
    { program: tsmodules, errors: false },
    { program: orpc, errors: false },
    { program: trpc, errors: false },
    { program: tsmodules, errors: true },
    { program: orpc, errors: true },
  ];
  // Without events an application is the fixed cost of what it imports.
  const sizes = [0, 10, 100, 1_000];
  return sizes.flatMap((events) => variants.map((variant) => ({ ...variant, events, types: flags.types })));
}

function judge(all: Measurement[], allModels: Measurement[]): { text: string; kept: boolean } {
  const ours = find(all, { name: tsmodules.name, errors: false, events: 1_000 });
  const theirs = find(all, { name: orpc.name, errors: false, events: 1_000 });
  const checkTimeToOrpc = checkTimeRatio(ours, theirs);
  const modelsOf = (events: number) => find(allModels, { name: models.name, errors: false, events });
  const { ratio, linear } = growth(modelsOf(0), modelsOf(50), modelsOf(200));
  const kept =
    linear && ours.instantiations <= budget.instantiations && checkTimeToOrpc <= budget.checkTimeToOrpc;
  const text = [
    `Budget for 1,000 events ${kept ? "kept" : "EXCEEDED"}:`,
    `${figure(ours.instantiations)} of ${figure(budget.instantiations)} instantiations,`,
    `${figure(checkTimeToOrpc)} of ${budget.checkTimeToOrpc} × oRPC's check time;`,
    `200 models cost ${figure(ratio)} × what 50 do, which is ${linear ? "linear" : "NOT LINEAR"}`,
  ];
  return { text: text.join(" "), kept };
}

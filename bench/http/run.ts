/**
 * What HTTP costs: a POST with a validated body and a GET by id, beside peers, as a share of bare Fastify.
 *
 *     node http/run.ts [--quick] [--json] [--only=tsmodules,hono] [--processes=10]
 *
 * `--quick` is for CI: few and short rounds, rough figures, no peers, no verdict. `--only` takes names of files in
 * contenders/; bare Fastify is always there. Exits with 1 when the budget is missed.
 */
import { parseArgs } from "node:util";
import { environment } from "../shared/environment.ts";
import { rosterOf } from "../shared/roster.ts";
import { figure, table } from "../shared/table.ts";
import { cases } from "./cases.ts";
import type { Contender } from "./contender.ts";
import { loadGenerator } from "./load.ts";
import { loadInRounds, type Result } from "./rounds.ts";

const unit = "fastify";
const ours = ["tsmodules"];
const peers = ["fastify-zod", "hono", "nest", "orpc", "moleculer-web", "trpc"];

const fullPlan = { processes: 4, rounds: 4, warmUpRounds: 3, seconds: 1 };
const quickPlan = { processes: 1, rounds: 2, warmUpRounds: 1, seconds: 1 };

/** The least share of bare Fastify's requests per second, in either case. */
const budget: Record<string, number> = { tsmodules: 0.95, "tsmodules, tracing and metrics": 0.9 };

const { values: flags } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    only: { type: "string" },
    processes: { type: "string" },
  },
});

const all = [unit, ...ours, ...peers];
const wanted = flags.only?.split(",") ?? (flags.quick ? ours : all);
const unknown = wanted.filter((name) => !all.includes(name));
if (unknown.length > 0) throw new Error(`--only takes ${all.join(", ")}, not ${unknown.join(", ")}`);
const usualPlan = flags.quick ? quickPlan : fullPlan;
const processes = Number(flags.processes ?? usualPlan.processes);
if (!Number.isInteger(processes) || processes < 1)
  throw new Error(`--processes must be 1 or more, not ${flags.processes}`);

const folder = new URL("./contenders/", import.meta.url);
const roster = await rosterOf<Contender>(folder, all, [unit, ...wanted]);
const plan = { ...usualPlan, processes };
const generator = loadGenerator();
const results = await loadInRounds(roster, generator, plan);
const missed = results.filter(({ contender, share }) => share.median < (budget[contender] ?? 0));

if (flags.json) {
  console.log(JSON.stringify({ environment, load: generator.name, plan, budget, results }, null, 2));
} else {
  console.log(
    `${environment.node} on ${environment.cpu} (${environment.cores} cores), load by ${generator.name}`,
  );
  for (const { title } of cases) {
    console.log(
      `\n${title}, ${plan.processes} × ${plan.rounds} rounds of ${plan.seconds} s; share: of bare Fastify's in the same round\n`,
    );
    console.log(tableOf(results.filter((result) => result.case === title)));
  }
  if (!flags.quick) console.log(`\n${verdict()}`);
}
if (missed.length > 0 && !flags.quick) process.exitCode = 1;

function tableOf(ofCase: Result[]): string {
  return table(
    [
      { title: "contender", align: "left" },
      { title: "validates", align: "left" },
      { title: "median requests/s", align: "right" },
      { title: "min", align: "right" },
      { title: "max", align: "right" },
      { title: "median share", align: "right" },
      { title: "min", align: "right" },
      { title: "max", align: "right" },
      { title: "p99 ms", align: "right" },
      { title: "CPU µs", align: "right" },
      { title: "CPU share", align: "right" },
      { title: "RSS MB", align: "right" },
      { title: "heap MB", align: "right" },
    ],
    ofCase
      .toSorted((a, b) => b.share.median - a.share.median)
      .map(
        ({
          contender,
          validates,
          requestsPerSecond,
          share,
          p99Ms,
          cpuMicroseconds,
          cpuShare,
          rss,
          heapUsed,
        }) => [
          contender,
          validates,
          ...[requestsPerSecond.median, requestsPerSecond.min, requestsPerSecond.max].map(figure),
          ...[share.median, share.min, share.max].map(percent),
          ...[p99Ms.median, cpuMicroseconds.median].map(figure),
          percent(cpuShare.median),
          ...[rss / 2 ** 20, heapUsed / 2 ** 20].map(figure),
        ],
      ),
  );
}

function verdict(): string {
  const judged = Object.entries(budget).filter(([name]) =>
    results.some(({ contender }) => contender === name),
  );
  if (judged.length === 0) return "No budget: nobody who has one was measured";
  const asked = judged.map(([name, share]) => `${name} ${percent(share)}`);
  const short = missed.map(
    ({ contender, case: title, share }) => `${contender}, ${title}: ${percent(share.median)}`,
  );
  return `Budget (${asked.join(", ")}) ${short.length === 0 ? "kept" : `MISSED: ${short.join("; ")}`}`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

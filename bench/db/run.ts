/**
 * What the database layer costs: rows read and written beside peers, as a multiple of the raw driver.
 *
 *     node db/run.ts [--quick] [--json] [--only=tsmodules,kysely] [--database=sqlite] [--processes=5]
 *
 * `--quick` is for CI: few and short rounds, rough figures, no peers, no verdict. `--only` takes names of files in
 * contenders/; the raw driver is always there. PostgreSQL is at TSMODULES_TEST_PG_URL, or on this machine. Exits with 1
 * when the budget is missed.
 */
import { parseArgs } from "node:util";
import { environment } from "../shared/environment.ts";
import { rosterOf } from "../shared/roster.ts";
import { figure, table } from "../shared/table.ts";
import type { Contender, DatabaseName } from "./contender.ts";
import { operations } from "./operations.ts";
import { type Place, type Result, timeInRounds } from "./rounds.ts";
import { schemasAt } from "./schemas.ts";
import { verdictOn } from "./verdict.ts";

const unit = "raw";
const ours = "tsmodules";
const peers = ["mikro-orm", "kysely", "drizzle", "typeorm", "prisma"];
const databases: DatabaseName[] = ["sqlite", "postgresql"];

const fullPlan = { processes: 3, rounds: 7, warmUpMs: 1_500, batchMs: 100 };
const quickPlan = { processes: 1, rounds: 3, warmUpMs: 50, batchMs: 20 };

const { values: flags } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    only: { type: "string" },
    database: { type: "string" },
    processes: { type: "string" },
  },
});

const all = [unit, ours, ...peers];
const wanted = namesIn("only", flags.only, all) ?? (flags.quick ? [ours] : all);
const wantedDatabases = namesIn("database", flags.database, databases) ?? databases;
const usualPlan = flags.quick ? quickPlan : fullPlan;
const processes = Number(flags.processes ?? usualPlan.processes);
if (!Number.isInteger(processes) || processes < 1)
  throw new Error(`--processes must be 1 or more, not ${flags.processes}`);
const plan = { ...usualPlan, processes };

const folder = new URL("./contenders/", import.meta.url);
const roster = await rosterOf<Contender>(folder, all, [unit, ...wanted]);
const say = flags.json ? () => {} : console.log;
say(`${environment.node} on ${environment.cpu} (${environment.cores} cores)`);

const report = [];
for (const database of wantedDatabases) {
  const { place, server } = await placeFor(database);
  say(`\n${server}`);
  const results = await timeInRounds(roster, place, plan);
  for (const { name, title } of operations) {
    say(`\n${title}: ${plan.processes} × ${plan.rounds} rounds of ${plan.batchMs} ms on ${server}\n`);
    say(tableOf(results.filter(({ operation }) => operation === name)));
  }
  const verdict = judge(database, results);
  if (verdict) say(`\n${verdict.text}`);
  if (verdict?.kept === false) process.exitCode = 1;
  report.push({ server, results, verdict });
}
if (flags.json) console.log(JSON.stringify({ environment, plan, databases: report }, null, 2));

/** Of a comma-separated flag. */
function namesIn<Name extends string>(
  flag: string,
  value: string | undefined,
  known: Name[],
): Name[] | undefined {
  const names = value?.split(",");
  const unknown = names?.filter((name) => !known.includes(name as Name)) ?? [];
  if (unknown.length > 0) throw new Error(`--${flag} takes ${known.join(", ")}, not ${unknown.join(", ")}`);
  return names as Name[] | undefined;
}

async function placeFor(database: DatabaseName): Promise<{ place: Place; server: string }> {
  if (database === "sqlite") {
    const place = { database, url: "", newSchema: async () => "", cleanUp: async () => {} };
    return { place, server: "SQLite :memory:" };
  }
  const url = process.env.TSMODULES_TEST_PG_URL ?? "postgresql://postgres@127.0.0.1:5432/test";
  const schemas = await schemasAt(url);
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.once(signal, () => schemas.dropAll().finally(() => process.exit(1)));
  }
  return {
    place: { database, url, newSchema: schemas.make, cleanUp: schemas.dropAll },
    server: schemas.server,
  };
}

function judge(database: DatabaseName, results: Result[]) {
  if (flags.quick) return undefined;
  if (!wanted.includes(ours)) return { kept: undefined, text: `No verdict: ${ours} was not measured` };
  return verdictOn(database, results, ours, roster[0]?.contender.name ?? unit);
}

function tableOf(ofOperation: Result[]): string {
  return table(
    [
      { title: "contender", align: "left" },
      { title: "driver", align: "left" },
      { title: "statements", align: "left" },
      { title: "median µs", align: "right" },
      { title: "min", align: "right" },
      { title: "max", align: "right" },
      { title: "median × raw", align: "right" },
      { title: "min", align: "right" },
      { title: "max", align: "right" },
      { title: "CPU µs", align: "right" },
      { title: "CPU × raw", align: "right" },
    ],
    ofOperation
      .toSorted((a, b) => a.ratio.median - b.ratio.median)
      .map(({ contender, driver, statements, microseconds, ratio, cpuMicroseconds, cpuRatio }) => [
        contender,
        driver,
        statements,
        ...[microseconds.median, microseconds.min, microseconds.max].map(figure),
        ...[ratio.median, ratio.min, ratio.max].map(figure),
        ...[cpuMicroseconds.median, cpuRatio.median].map(figure),
      ]),
  );
}

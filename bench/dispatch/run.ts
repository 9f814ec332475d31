/**
 * What one dispatch costs: beside peers, by policy, among ever more modules, and in bytes.
 *
 *     node dispatch/run.ts [comparison] [policies] [scaling] [allocation] [--quick] [--json] [--only=tsmodules,map]
 *
 * All parts when none is named. `--quick` is for CI: shorter rounds, rougher figures. `--only` takes names of
 * files in contenders/, policies/ and crowds/.
 */
import { parseArgs } from "node:util";
import { environment } from "../shared/environment.ts";
import { allocation } from "./allocation.ts";
import { comparison } from "./comparison.ts";
import type { Part } from "./part.ts";
import { policies } from "./policies.ts";
import { scaling } from "./scaling.ts";

const parts: Record<string, Part> = { comparison, policies, scaling, allocation };

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    only: { type: "string" },
  },
});

const settings = { quick: flags.quick, only: flags.only?.split(",") };
const report: Record<string, unknown> = { environment, quick: flags.quick };
if (!flags.json) console.log(`${environment.node} on ${environment.cpu} (${environment.cores} cores)`);
for (const name of positionals.length > 0 ? positionals : Object.keys(parts)) {
  const part = parts[name];
  if (!part) throw new Error(`no part named ${name}; there are ${Object.keys(parts).join(", ")}`);
  const { results, text } = await part(settings);
  report[name] = results;
  if (!flags.json) console.log(`\n${text}`);
}
if (flags.json) console.log(JSON.stringify(report, null, 2));

/**
 * Sends malformed, odd and hostile requests to an application, and says which were not answered as they must be.
 *
 *     npm run fuzz:http [-- --requests 50000] [--seed 1] [--only 4711] [--quick]
 *
 * A seed and a number determine a request: `--seed 1 --only 4711` repeats one, and shows it with its answers. `--quick`
 * is for CI: 3,000 requests of seed 1, and as many of a random one. Exits with 1 when anything was found.
 */
import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import { targets } from "./application.ts";
import { type Finding, fuzz } from "./fuzz.ts";
import { requestOf } from "./requests/families.ts";

const { values: flags } = parseArgs({
  options: {
    requests: { type: "string", default: "50000" },
    seed: { type: "string" },
    only: { type: "string" },
    quick: { type: "boolean", default: false },
  },
});

/** Of one kind, so many are shown. */
const SHOWN = 3;

const seed = flags.seed === undefined ? randomInt(2 ** 31) : whole("--seed", flags.seed);
if (flags.only !== undefined) {
  const number = whole("--only", flags.only);
  console.log(`${shown(requestOf(seed, number, targets).attempt.writes, 4_000)}\n`);
  await run(seed, [number]);
} else if (flags.quick) {
  await run(1, upTo(3_000));
  await run(seed, upTo(3_000));
} else {
  await run(seed, upTo(whole("--requests", flags.requests)));
}

async function run(seed: number, numbers: readonly number[]): Promise<void> {
  const began = performance.now();
  const { findings, tally, conditions } = await fuzz(seed, numbers);
  const seconds = ((performance.now() - began) / 1_000).toFixed(1);
  const heaps = conditions.map(({ heapUsed }) => `${(heapUsed / 2 ** 20).toFixed(1)} MB`).join(", then ");
  console.log(
    `Seed ${seed}: ${numbers.length} requests in ${seconds} s; heap ${heaps}. Answers (*: by Node's parser):`,
  );
  console.log(`${tally}\n`);
  for (const [what, same = []] of Object.entries(Object.groupBy(findings, kindOf))) {
    console.log(`${same.length} × ${what}`);
    for (const finding of same.slice(0, SHOWN)) console.log(repetition(seed, finding));
  }
  if (findings.length > 0) process.exitCode = 1;
  else console.log("Nothing was found.\n");
}

function kindOf({ what, request }: Finding): string {
  return request === undefined
    ? what
    : `${what} (${request.family}, ${request.attempt.target.method} ${request.attempt.target.path})`;
}

function repetition(seed: number, { request }: Finding): string {
  if (request === undefined) return "";
  const { number, attempt } = request;
  return `  --seed ${seed} --only ${number}\n${shown(attempt.writes, 600).replaceAll(/^/gm, "    ")}`;
}

/** Text, with what cannot be shown escaped. */
function shown(writes: readonly Buffer[], length: number): string {
  const text = Buffer.concat([...writes]).toString("latin1");
  const escaped = JSON.stringify(text.slice(0, length)).slice(1, -1).replaceAll('\\"', '"');
  return escaped.replaceAll("\\r\\n", "\n") + (text.length > length ? ` … ${text.length} bytes` : "");
}

function upTo(end: number): number[] {
  return Array.from({ length: end }, (_, i) => i);
}

function whole(flag: string, text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw new Error(`${flag} must be a whole number from 0, not ${text}`);
}

import { type MeasuredProcess, startMeasuring } from "../shared/measured-process.ts";
import { type Entry, rosterOf } from "../shared/roster.ts";
import { type Spread, spreadOf } from "../shared/statistics.ts";
import { figure, table } from "../shared/table.ts";
import type { Allocation } from "./allocate-one.ts";
import type { Contender } from "./contender.ts";
import type { Part } from "./part.ts";

interface Allocated {
  contender: Contender;
  bytes: Spread;
}

const folder = new URL("./contenders/", import.meta.url);
const names = ["bare", "tsmodules"];
const script = new URL("./allocate-one.ts", import.meta.url);

/** A young generation that holds all that a measurement allocates, so that nothing is collected meanwhile. */
const execArgv = ["--expose-gc", "--min-semi-space-size=128", "--max-semi-space-size=128"];

/** Bytes per dispatch, garbage included: this project beside what the language and zod take by themselves. */
export const allocation: Part = async ({ quick, only }) => {
  const samples = quick ? 3 : 15;
  const counted = await count(await rosterOf<Contender>(folder, names, only), samples);
  const sorted = counted.toSorted((a, b) => a.bytes.median - b.bytes.median);
  const title = `Bytes allocated by one dispatch, ${samples} samples`;
  return { results: sorted, text: `${title}\n\n${tableOf(sorted)}` };
};

/** All at once: what is allocated does not depend on what else runs. */
async function count(entries: Entry<Contender>[], samples: number): Promise<Allocated[]> {
  const processes = entries.map((entry) => startMeasuring<Allocation>(script, entry, { execArgv }));
  try {
    const spreads = await Promise.all(processes.map((process) => sample(process, samples)));
    return entries.map(({ contender }, i) => ({ contender, bytes: spreads[i] as Spread }));
  } finally {
    for (const process of processes) process.end();
  }
}

async function sample(process: MeasuredProcess<Allocation>, samples: number): Promise<Spread> {
  await process.ready;
  const bytes: number[] = [];
  while (bytes.length < samples) bytes.push((await process.measure()).bytes);
  return spreadOf(bytes);
}

function tableOf(counted: Allocated[]): string {
  return table(
    [
      { title: "contender", align: "left" },
      { title: "validates", align: "left" },
      { title: "handler", align: "left" },
      { title: "median bytes", align: "right" },
      { title: "min", align: "right" },
      { title: "max", align: "right" },
    ],
    counted.map(({ contender, bytes }) => [
      contender.name,
      contender.validates,
      contender.handler,
      ...[bytes.median, bytes.min, bytes.max].map(figure),
    ]),
  );
}

/** `node time-one.ts <file> <name> <database> <url> <schema> <batch ms> <warm-up ms>`: times a contender by batches. */
import { givenContender, serve } from "../shared/serve.ts";
import { checkAnswers } from "./check-answers.ts";
import type { Contender, DatabaseName } from "./contender.ts";
import { type Operation, operations } from "./operations.ts";
import { UsersTable } from "./users.ts";

/** Of one operation, or of one row where an operation makes many. */
export interface Time {
  microseconds: number;
  /** Of this process, all threads. Other work on the machine disturbs it less; a server's is not in it. */
  cpuMicroseconds: number;
}

const [database, url = "", schema = "", ...durations] = process.argv.slice(4);
const [batchMs = 0, warmUpMs = 0] = durations.map(Number);
// What every client of PostgreSQL takes from its environment. Waiting for the disk would hide what they differ in.
process.env.PGOPTIONS = `-c search_path=${schema} -c synchronous_commit=off`;

const contender = await givenContender<Contender>();
const variant = contender.on[database as DatabaseName];
const table = new UsersTable(await variant.setUp(url, schema));
await checkAnswers(table).catch((cause: unknown) => {
  throw new Error(`${contender.name} on ${database}: not the answer that all must give`, { cause });
});

/** By operation, found when it is measured for the first time. */
const turns = new Map<Operation, number>();

serve(async (question): Promise<Time> => {
  const operation = operations.find(({ name }) => name === question);
  if (!operation) throw new Error(`there is no operation ${question}`);
  const perBatch = turns.get(operation) ?? (await warmUp(operation));
  turns.set(operation, perBatch);
  const { microseconds, cpuMicroseconds } = await run(operation, perBatch);
  const done = perBatch * operation.rowsPerTurn;
  return { microseconds: microseconds / done, cpuMicroseconds: cpuMicroseconds / done };
});

/** Runs an operation until the engine has made what it will make of it, and finds how many turns fill a batch. */
async function warmUp(operation: Operation): Promise<number> {
  let spent = 0;
  let turns = 1;
  for (;;) {
    const taken = (await run(operation, turns)).microseconds / 1e3;
    spent += taken;
    const perBatch = Math.max(1, Math.ceil((turns * batchMs) / taken));
    if (spent >= warmUpMs) return perBatch;
    turns = Math.min(turns * 4, perBatch);
  }
}

async function run(operation: Operation, turns: number): Promise<Time> {
  const batch = await operation.prepare(table, turns);
  const cpuBefore = process.cpuUsage();
  const start = performance.now();
  await batch.run();
  const microseconds = (performance.now() - start) * 1e3;
  const { user, system } = process.cpuUsage(cpuBefore);
  batch.check();
  return { microseconds, cpuMicroseconds: user + system };
}

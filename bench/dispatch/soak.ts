/**
 * Whether dispatches with everything on leave the heap as they found it, also when one in ten fails.
 *
 *     node --expose-gc dispatch/soak.ts [--quick]
 */
import { parseArgs } from "node:util";
import { defineEvent, defineModule, ModuleHost } from "tsmodules";
import { everything } from "./contenders/everything.ts";
import { greetInput, greetOutput, greetSync } from "./greet.ts";

const { values: flags } = parseArgs({ options: { quick: { type: "boolean", default: false } } });
const DISPATCHES = flags.quick ? 50_000 : 1_000_000;
const MAX_GROWTH_BYTES = 5 * 1024 * 1024;

class Greet extends defineEvent("bench.greet", { input: greetInput, output: greetOutput }) {}

/** Bytes in use once everything that can go has gone. */
async function heapInUse(): Promise<number> {
  for (let turn = 0; turn < 4; turn++) {
    globalThis.gc?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return process.memoryUsage().heapUsed;
}

/** Dispatches, so many at a time; `failsEvery` n-th one fails in its handler, once it was tried again. */
async function soak(failsEvery: number): Promise<number> {
  let calls = 0;
  const greeter = defineModule({ name: "greeter" }, (module) => {
    module.handle(Greet, async ({ input }) => {
      if (++calls % failsEvery === 0) throw new Error("down");
      return greetSync(input);
    });
  });
  const host = new ModuleHost({
    ...everything,
    enableTracing: true,
    circuitBreaker: { failureThreshold: 1_000_000 },
    retryPolicy: { maxRetries: 0 },
    deadLetterQueue: { maxSize: 100, onEvict: () => {} },
    logLevel: "silent",
  }).register(greeter);
  const run = async (times: number) => {
    for (let done = 0; done < times; done += 10) {
      const batch = Array.from({ length: 10 }, () => host.send(new Greet({ name: "Ada" })).catch(() => {}));
      await Promise.all(batch);
    }
  };
  await run(20_000); // Queues fill up to their bounds, and the engine warms up.
  const before = await heapInUse();
  await run(DISPATCHES);
  const growth = (await heapInUse()) - before;
  await host.close();
  return growth;
}

for (const [name, failsEvery] of [
  ["all succeed", Number.POSITIVE_INFINITY],
  ["one in ten fails", 10],
] as const) {
  const growth = await soak(failsEvery);
  console.log(`${DISPATCHES} dispatches, ${name}: the heap grew by ${(growth / 1024).toFixed(0)} kB`);
  if (growth > MAX_GROWTH_BYTES) process.exitCode = 1;
}

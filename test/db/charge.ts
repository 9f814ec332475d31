/**
 * Handles events with idempotency keys that are kept in a database, in one of two ways:
 *
 *     node charge.ts <url> all <times>   says "ready", waits for a line, handles so many, prints the outputs as JSON
 *     node charge.ts <url> hang          begins to handle one, says so and never ends
 *
 * What is handled is written down in the table `charges`.
 */
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { defineEvent, defineModule, IdempotencyKeyInUseError, ModuleHost } from "tsmodules";
import { Database, DatabaseIdempotencyStore, sql } from "tsmodules/db";
import { z } from "zod";

class Charge extends defineEvent("test.charge", {
  input: z.object({ order: z.number() }),
  output: z.object({ receipt: z.string() }),
}) {}

const [url = "", task, times = "1"] = process.argv.slice(2);
await using db = new Database({ url, busyTimeoutMs: 60_000, acquireTimeoutMs: 60_000 });
await db.connect();
const payments = defineModule({ name: "payments" }, (module) => {
  module.handle(Charge, async ({ input }) => {
    const receipt = `${process.pid} ${input.order}`;
    await db.execute(sql`insert into charges values (${input.order}, ${receipt})`);
    if (task === "hang") {
      console.log("charged");
      await sleep(1_000_000);
    }
    return { receipt };
  });
});
const store = new DatabaseIdempotencyStore(db);
const host = new ModuleHost({ idempotency: { store }, logLevel: "silent" }).register(payments);

if (task === "all") {
  console.log("ready");
  await once(process.stdin, "data");
  process.stdin.destroy();
}
const outputs = await Promise.all(Array.from({ length: Number(times) }, (_, order) => charge(order)));
console.log(JSON.stringify(outputs.map(({ receipt }) => receipt)));

/** Asks again while another process is at it. */
async function charge(order: number): Promise<{ receipt: string }> {
  for (;;) {
    try {
      return await host.send(new Charge({ order }, { idempotencyKey: `order ${order}` }));
    } catch (error) {
      if (!(error instanceof IdempotencyKeyInUseError)) throw error;
      await sleep(10);
    }
  }
}

/** `node --expose-gc server.ts`: the application in a process of its own. Says its port, then how it is when asked. */
import type { AddressInfo } from "node:net";
import { createApplication } from "./application.ts";

export interface Listening {
  readonly port: number;
}

/** What should be as it was, whatever came in. */
export interface Condition {
  /** Bytes alive, after a collection. */
  readonly heapUsed: number;
  readonly eventsInProgress: number;
  /** What was added to `Object.prototype`. */
  readonly polluted: string[];
  readonly warnings: string[];
}

const known = new Set(Object.getOwnPropertyNames(Object.prototype));
const warnings = new Set<string>();
const faults = new Set<string>();
process.on("warning", ({ name, message }) => warnings.add(`${name}: ${message}`));

const { app, host } = createApplication(reportOnce);
await app.listen({ host: "127.0.0.1", port: 0 });

process.on("message", async () => process.send?.(await condition()));
process.on("disconnect", async () => {
  await app.close();
  await host.close();
});
process.send?.({ port: (app.server.address() as AddressInfo).port } satisfies Listening);

/** A handler's error of each kind is shown with its stack, for whoever reads of a 500. */
function reportOnce(line: unknown): void {
  const { stack = "" } = (line as { err?: { stack?: string } }).err ?? {};
  const place = stack.split("\n").slice(0, 3).join("\n");
  if (faults.has(place) || /secret|(nobody|never)\.create/.test(place)) return;
  faults.add(place);
  console.error(`The server logged: ${place}`);
}

async function condition(): Promise<Condition> {
  for (let turn = 0; turn < 4; turn++) {
    globalThis.gc?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return {
    heapUsed: process.memoryUsage().heapUsed,
    eventsInProgress: host.eventsInProgress.size,
    polluted: Object.getOwnPropertyNames(Object.prototype).filter((name) => !known.has(name)),
    warnings: [...warnings],
  };
}

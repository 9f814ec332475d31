/** `node --expose-gc server.ts <file> <name>`: a process that serves one contender and, when asked, says its memory. */
import { givenContender, serve } from "../shared/serve.ts";
import type { Contender } from "./contender.ts";

/** Bytes: what the process holds as it is, and what is alive in its heap once the rest was collected. */
export interface Memory {
  rss: number;
  heapUsed: number;
}

export interface Listening {
  port: number;
}

const contender = await givenContender<Contender>();
const listening: Listening = { port: await contender.listen() };

serve(async (): Promise<Memory> => {
  const { rss } = process.memoryUsage();
  globalThis.gc?.();
  return { rss, heapUsed: process.memoryUsage().heapUsed };
}, listening);

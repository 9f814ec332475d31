/** `node --expose-gc server.ts <file> <name>`: a process that serves one contender and, when asked, says its usage. */
import { givenContender, serve } from "../shared/serve.ts";
import type { Contender } from "./contender.ts";

/** What the server's process has used by now. */
export interface Usage {
  /** All threads, in user and system mode. */
  cpuMicroseconds: number;
  /** Bytes that the process holds. */
  rss: number;
  /** Bytes in the heap; what is alive there when it was asked to be `collected`. */
  heapUsed: number;
}

export interface Listening {
  port: number;
}

const contender = await givenContender<Contender>();
const listening: Listening = { port: await contender.listen() };

serve(async (question): Promise<Usage> => {
  const { user, system } = process.cpuUsage();
  const { rss } = process.memoryUsage();
  if (question === "collected") globalThis.gc?.();
  return { cpuMicroseconds: user + system, rss, heapUsed: process.memoryUsage().heapUsed };
}, listening);

import type { Piscina } from "piscina";
import { ConfigurationError } from "../core/errors.ts";

/** How long a thread without work is kept, because starting one takes tens of ms. */
const IDLE_MS = 10_000;

/** The worker threads of a host: none until the first event is handled in one. */
export class Workers {
  readonly #maxWorkers: number;
  #pool: Promise<Piscina> | undefined = undefined;

  constructor(maxWorkers: number) {
    this.#maxWorkers = maxWorkers;
  }

  /** Calls the default export of `worker` in a worker thread; aborting ends the thread, and another one takes its place. */
  async run(worker: URL, input: unknown, signal: AbortSignal): Promise<unknown> {
    this.#pool ??= this.#start();
    const pool = await this.#pool;
    return pool.run(input, { filename: worker.href, signal });
  }

  async close(): Promise<void> {
    const pool = await this.#pool?.catch(() => undefined);
    await pool?.destroy();
  }

  async #start(): Promise<Piscina> {
    const { Piscina } = await import("piscina").catch(() => {
      this.#pool = undefined;
      throw new ConfigurationError("handleInWorker needs the package piscina: npm install piscina");
    });
    return new Piscina({ maxThreads: this.#maxWorkers, minThreads: 0, idleTimeout: IDLE_MS });
  }
}

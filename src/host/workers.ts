import type { Piscina } from "piscina";
import { ConfigurationError } from "../core/errors.ts";
import { optionalPackage } from "../core/optional-package.ts";

/** How long a thread without work is kept, because starting one takes tens of ms. */
const IDLE_MS = 10_000;

/** The worker threads of a host: none until the first event is handled in one. */
export class Workers {
  readonly #maxWorkers: number;
  #pool: Piscina | undefined = undefined;

  constructor(maxWorkers: number) {
    this.#maxWorkers = maxWorkers;
  }

  /**
   * Calls the default export of `worker` in a thread. Aborting ends the thread, and another one takes its place.
   *
   * @throws {ConfigurationError} if piscina is not installed.
   */
  run(worker: URL, input: unknown, signal: AbortSignal): Promise<unknown> {
    this.#pool ??= this.#start();
    return this.#pool.run(input, { filename: worker.href, signal });
  }

  async close(): Promise<void> {
    await this.#pool?.destroy();
  }

  #start(): Piscina {
    const installed = optionalPackage<{ Piscina: typeof Piscina }>("piscina");
    if (installed === undefined) {
      throw new ConfigurationError("handleInWorker needs the package piscina: npm install piscina");
    }
    return new installed.Piscina({ maxThreads: this.#maxWorkers, minThreads: 0, idleTimeout: IDLE_MS });
  }
}

import type { IncomingMessage, ServerResponse } from "node:http";
import type { FastifyInstance } from "fastify";
import { checkOptions, milliseconds } from "../core/check-options.ts";
import { type Clock, sleep } from "../core/clock.ts";
import type { ModuleHost } from "../host/module-host.ts";
import { endIdleConnections } from "./connections.ts";

/** How long an application takes to close. */
export interface CloseOptions {
  /**
   * How long requests are still taken while `/health/ready` says 503, in ms: as long as load balancers need to notice.
   *
   * @default 0
   */
  readonly readinessDelayMs?: number;
  /** How long requests may take after that, in ms. @default 10_000 */
  readonly timeoutMs?: number;
}

const CHECKS = { readinessDelayMs: milliseconds, timeoutMs: milliseconds };

/** By server, which an application and its plugins share. */
const closings = new WeakMap<object, Promise<boolean>>();

/** Whether an application closes: it is not ready any more, though it may still take requests. */
export function isClosing(app: FastifyInstance): boolean {
  return closings.has(app.server);
}

/**
 * Closes an application and its host so that no request is lost. `/health/ready` says 503 at once, and answers end their
 * connections. After `readinessDelayMs` no connection is taken any more, idle ones end, and what runs is answered,
 * streams included. Then the host closes. What still runs after `timeoutMs` has its signal aborted, and what does not
 * end then loses its connection. Closing twice is closing once.
 *
 * @returns whether everything ended by itself; false where something was cut off.
 * @throws {ConfigurationError} naming each option that is wrong.
 */
export function closeGracefully(
  app: FastifyInstance,
  host: ModuleHost,
  options: CloseOptions = {},
): Promise<boolean> {
  checkOptions(options, CHECKS, "closeGracefully");
  const { readinessDelayMs = 0, timeoutMs = 10_000 } = options;
  const closing = closings.get(app.server) ?? close(app, host, readinessDelayMs, timeoutMs);
  closings.set(app.server, closing);
  return closing;
}

/**
 * Closes gracefully on SIGTERM and SIGINT (Ctrl-C), then ends the process: with 0, or with 1 where something was cut off
 * or failed. A second signal ends it at once.
 *
 * @throws {ConfigurationError} naming each option that is wrong.
 */
export function exitOnSignals(app: FastifyInstance, host: ModuleHost, options: CloseOptions = {}): void {
  checkOptions(options, CHECKS, "exitOnSignals");
  let isSecond = false;
  const stop = async (signal: NodeJS.Signals) => {
    if (isSecond) process.exit(1);
    isSecond = true;
    app.log.info(`closing on ${signal}`);
    try {
      process.exit((await closeGracefully(app, host, options)) ? 0 : 1);
    } catch (err) {
      app.log.error({ err }, "closing failed");
      process.exit(1);
    }
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
}

async function close(
  app: FastifyInstance,
  host: ModuleHost,
  readinessDelayMs: number,
  timeoutMs: number,
): Promise<boolean> {
  const { server } = app;
  const clock = host.config.clock as Clock;
  server.prependListener("request", endConnection);
  if (readinessDelayMs > 0) await sleep(clock, readinessDelayMs);

  const deadline = clock.now() + timeoutMs;
  const stopEnding = endIdleConnections(server);
  const served = app.close();
  try {
    if (!(await within(clock, timeoutMs, served))) {
      const aborted = host.close({ timeoutMs: 0 });
      await within(clock, LAST_WORDS_MS, served);
      server.closeAllConnections();
      await aborted;
    }
    await served;
  } finally {
    stopEnding();
    await host.close({ timeoutMs: Math.max(0, deadline - clock.now()) });
  }
  return clock.now() <= deadline;
}

/** So long, what was aborted may say so to its client. */
const LAST_WORDS_MS = 100;

/** Else the client would keep the connection, and send its next request to a server that goes away. */
function endConnection(_request: IncomingMessage, response: ServerResponse): void {
  response.setHeader("connection", "close");
}

/** Whether `work` settled in time. */
async function within(clock: Clock, limitMs: number, work: PromiseLike<unknown>): Promise<boolean> {
  let cancel = () => {};
  const late = new Promise<false>((resolve) => {
    cancel = clock.schedule(limitMs, () => resolve(false));
  });
  const done = () => true;
  try {
    return await Promise.race([work.then(done, done), late]);
  } finally {
    cancel();
  }
}

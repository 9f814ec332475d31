import type { DispatchOptions } from "../core/context.ts";
import type { Contract } from "../core/contract.ts";
import { ConfigurationError, EventTimeoutError, UnhandledEventError } from "../core/errors.ts";
import { type AnyEvent, contractOf, type TypedEvent } from "../core/event.ts";
import { rpcPath } from "../core/rpc-path.ts";
import { outputFrom } from "./answer.ts";
import { CallScope } from "./call-scope.ts";
import { NetworkError } from "./errors.ts";
import { requestInit } from "./request.ts";
import { repeating, retriesFrom } from "./retries.ts";
import { type ClientOptions, checkTimeLimit, type Settings, settingsFrom } from "./settings.ts";

/** What one call may be told: as a host's dispatch, but that only the token says who asks. */
export type CallOptions = Pick<DispatchOptions, "signal" | "timeoutMs">;

/** Sends events to a server whose router is mounted with `rpc: true`. Reads as the host that handles them there. */
export interface Client {
  /**
   * Lets the server handle `event` and resolves to it, with its output. That no module did is not an error: see
   * `event.handled`.
   *
   * @throws {DeclaredError | APIError} as the handler threw it.
   * @throws {EventTimeoutError} when a time limit passed, or the signal's reason when it aborted.
   * @throws {RemoteError} if the server failed or answered with something else; what was refused, as a host refuses it.
   * @throws {NetworkError} if the server was not reached.
   */
  handle<Ev extends AnyEvent>(event: Ev, options?: CallOptions): Promise<Ev>;
  /**
   * Resolves to the output of `event`; that of a streaming event is read from the server as it is asked for, and no
   * longer than that. Throws what `handle` throws.
   *
   * @throws {UnhandledEventError} if no module handled it.
   */
  send<Ev extends TypedEvent>(event: Ev, options?: CallOptions): Promise<Ev["~output"]>;
}

/**
 * Makes a client of the events that a server serves.
 *
 * @throws {ConfigurationError} naming each option that is wrong; what is wrong with a policy's options, the calls say.
 * @example
 * const client = createClient({ url: "https://example.org/api/v1", token });
 * const { message } = await client.send(new Greet({ name: "Ada" }));
 */
export function createClient(options: ClientOptions): Client {
  const settings = settingsFrom(options);
  const retries = retriesFrom(settings);
  retries.catch(() => {}); // Each call says it.

  async function send(event: AnyEvent, options: CallOptions = {}): Promise<unknown> {
    const contract = contractOf(event);
    if (contract === undefined) throw new ConfigurationError("a client sends instances of event classes");
    const repeats = contract.idempotent || event.idempotencyKey !== undefined;
    event.output = undefined;
    event.handled = false;
    const scope = scopeOf(event, options, settings);
    const attempt = () => attemptOnce(settings, event, contract, scope);
    try {
      const policy = await retries;
      event.output = await (policy === undefined || !repeats
        ? attempt()
        : repeating(policy, attempt, { event, signal: scope.signal }));
      event.handled = true;
    } catch (error) {
      scope.end();
      throw error;
    }
    if (!contract.stream) scope.end();
    else if (options.timeoutMs === undefined) scope.unlimit();
    return event.output;
  }

  return {
    send,
    async handle(event, options) {
      try {
        await send(event, options);
      } catch (error) {
        if (!(error instanceof UnhandledEventError)) throw error;
      }
      return event;
    },
  };
}

function scopeOf(event: AnyEvent, options: CallOptions, { timers, timeoutMs }: Settings): CallScope {
  checkTimeLimit(options.timeoutMs);
  const { signal, timeoutMs: limitMs = timeoutMs } = options;
  const follows = typeof signal === "function" ? signal() : signal;
  return new CallScope(follows, timers, limitMs, () => new EventTimeoutError(event, limitMs as number));
}

async function attemptOnce(
  settings: Settings,
  event: AnyEvent,
  contract: Contract,
  scope: CallScope,
): Promise<unknown> {
  const init = await scope.race(requestInit(settings, event, contract, scope.signal));
  const response = await scope.race(
    fetched(settings, rpcPath(contract.name), init).catch((error) => {
      throw new NetworkError(event, "the server was not reached", error);
    }),
  );
  return outputFrom({ event, contract, response, scope });
}

/** Async, so that a `fetch` that throws at once fails as any other. */
async function fetched({ fetch = globalThis.fetch, url }: Settings, path: string, init: RequestInit) {
  return fetch(url + path, init);
}

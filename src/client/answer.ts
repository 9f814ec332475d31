import type { Contract } from "../core/contract.ts";
import type { AnyEvent } from "../core/event.ts";
import type { Problem } from "../core/problem.ts";
import { revive } from "../core/revive.ts";
import type { StandardSchema } from "../core/standard-schema.ts";
import type { CallScope } from "./call-scope.ts";
import { NetworkError } from "./errors.ts";
import { serverSentEvents } from "./event-stream.ts";
import { remoteError, thrownBy } from "./problem.ts";
import { textOf } from "./text.ts";

/** A problem is short: what is longer is none. */
const LONGEST_PROBLEM = 1_000_000;

/** One request and what came back. */
export interface Exchange {
  readonly event: AnyEvent;
  readonly contract: Contract;
  readonly response: Response;
  readonly scope: CallScope;
}

/**
 * The output that a response brings. A stream goes on after this; it ends the call's scope itself.
 *
 * @throws what the response says instead.
 */
export async function outputFrom(exchange: Exchange): Promise<unknown> {
  const { contract, response } = exchange;
  const { output, stream } = contract;
  if (!response.ok) throw await failureOf(exchange);
  if (output === undefined && response.status === 204) return undefined;
  refuseOtherThan(stream ? "text/event-stream" : "application/json", exchange);
  if (stream) return itemsOf(exchange);
  const value = parse(await wholeText(exchange), exchange);
  // A server that answers more than its caller knows of.
  return output && revive(value, output);
}

async function failureOf(exchange: Exchange): Promise<unknown> {
  refuseOtherThan("application/problem+json", exchange);
  const problem = parse(await wholeText(exchange, LONGEST_PROBLEM), exchange);
  return thrownBy(problem as Problem, exchange);
}

async function* itemsOf(exchange: Exchange): AsyncGenerator {
  const { event, contract, response, scope } = exchange;
  try {
    for await (const { type, data } of serverSentEvents(textOf(event, response, scope))) {
      if (type === "done") return;
      const value = parse(data, exchange);
      if (type === "problem") throw await thrownBy(value as Problem, exchange);
      if (type === undefined) yield revive(value, contract.output as StandardSchema);
    }
    throw new NetworkError(event, "the stream broke off");
  } finally {
    scope.end();
  }
}

async function wholeText({ event, response, scope }: Exchange, limit = Number.POSITIVE_INFINITY) {
  let whole = "";
  for await (const piece of textOf(event, response, scope)) {
    whole += piece;
    if (whole.length > limit) break;
  }
  return whole;
}

function parse(text: string, exchange: Exchange): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw remoteError(exchange, "text that is no JSON", undefined, error);
  }
}

function refuseOtherThan(expected: string, exchange: Exchange): void {
  const { response } = exchange;
  const type = response.headers.get("content-type") ?? "";
  if (type.startsWith(expected)) return;
  discard(response);
  const isRedirect = response.type === "opaqueredirect" || (response.status >= 300 && response.status < 400);
  throw remoteError(exchange, isRedirect ? "a redirect" : `${type || "nothing"} instead of ${expected}`);
}

function discard({ body }: Response): void {
  body?.cancel().catch(() => {});
}

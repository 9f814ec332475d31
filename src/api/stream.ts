import { Readable } from "node:stream";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Clock } from "../core/clock.ts";
import { ConfigurationError } from "../core/errors.ts";
import { travelText } from "../core/travel.ts";
import type { Endpoint } from "./endpoint.ts";
import { logFailure } from "./error-handlers.ts";
import { type ErrorStatus, problemOf } from "./problem.ts";
import { textWriter } from "./response.ts";
import { serialisable } from "./serialisable.ts";

/** After so long without an item a comment is sent, so that proxies keep the connection and a dead one is noticed. */
const HEARTBEAT_MS = 15_000;

type ItemWriter = (item: unknown, reply: FastifyReply) => string | Promise<string>;

/** Sends the items of an answer one by one, no faster than the client takes them. */
export type StreamSender = (answer: unknown, request: FastifyRequest, reply: FastifyReply) => FastifyReply;

/**
 * Streams are server-sent events for clients that accept them, else one line of JSON for each item.
 *
 * A failure before the first item is answered as any other. After it, an event named `problem` tells of it; lines just
 * break off, and so does the connection. Events end with one named `done`, because browsers would connect anew.
 *
 * @throws {ConfigurationError} if the contract does not say what its items are.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export function streamSender(endpoint: Endpoint, clock: Clock): StreamSender {
  const write = itemWriter(endpoint);
  const { errorStatus } = endpoint;
  return (answer, request, reply) => {
    const items = answer as AsyncIterable<unknown>;
    const asEvents = /\btext\/event-stream\b/i.test(request.headers.accept ?? "");
    const text = asEvents ? events(items, write, reply, { clock, errorStatus }) : lines(items, write, reply);
    return reply
      .header("cache-control", "no-cache")
      .header("x-accel-buffering", "no")
      .type(asEvents ? "text/event-stream; charset=utf-8" : "application/x-ndjson; charset=utf-8")
      .send(Readable.from(text, { objectMode: false }));
  };
}

function itemWriter({ contract, output }: Endpoint): ItemWriter {
  const { output: schema, name } = contract;
  if (schema === undefined)
    throw new ConfigurationError(`"${name}" streams, and has no output that says what`);
  const plain = output && serialisable(output);
  if (plain !== undefined)
    return (item, reply) => reply.serializeInput(item as Record<string, unknown>, plain);
  return textWriter(schema);
}

async function* lines(items: AsyncIterable<unknown>, write: ItemWriter, reply: FastifyReply) {
  for await (const item of items) yield `${await write(item, reply)}\n`;
}

async function* events(
  items: AsyncIterable<unknown>,
  write: ItemWriter,
  reply: FastifyReply,
  { clock, errorStatus }: { readonly clock: Clock; readonly errorStatus: ErrorStatus },
): AsyncGenerator<string> {
  let hasBegun = false;
  try {
    for await (const item of withHeartbeat(items, clock)) {
      yield item === HEARTBEAT ? ":\n\n" : `data: ${await write(item, reply)}\n\n`;
      hasBegun = true;
    }
    yield "event: done\ndata: null\n\n";
  } catch (error) {
    if (!hasBegun) throw error;
    const told = problemOf(error, errorStatus);
    logFailure(error, told, reply);
    yield `event: problem\ndata: ${travelText(told)}\n\n`;
  }
}

const HEARTBEAT = Symbol("heartbeat");

async function* withHeartbeat(items: AsyncIterable<unknown>, clock: Clock): AsyncGenerator {
  const iterator = items[Symbol.asyncIterator]();
  try {
    while (true) {
      const next = iterator.next();
      let result = await firstOf(next, clock);
      while (result === HEARTBEAT) {
        yield HEARTBEAT;
        result = await firstOf(next, clock);
      }
      const { done, value } = result;
      if (done) return;
      yield value;
    }
  } finally {
    await iterator.return?.();
  }
}

function firstOf(
  next: Promise<IteratorResult<unknown>>,
  clock: Clock,
): Promise<IteratorResult<unknown> | typeof HEARTBEAT> {
  return new Promise((resolve, reject) => {
    const cancel = clock.schedule(HEARTBEAT_MS, () => resolve(HEARTBEAT));
    next.then(resolve, reject).finally(cancel);
  });
}

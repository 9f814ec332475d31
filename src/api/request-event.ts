import type { FastifyRequest } from "fastify";
import { ConfigurationError } from "../core/errors.ts";
import type { EventOptions, TypedEvent } from "../core/event.ts";
import "./auth/request-principal.ts";
import type { Endpoint } from "./endpoint.ts";
import { idempotencyKeyOf } from "./idempotency-key.ts";
import { inputReader } from "./request-input.ts";
import "./trace-meta.ts";

/** An event class as it is made from what nobody has typed. */
interface UntypedClass {
  new (input: unknown, options?: EventOptions): TypedEvent;
  parse(input: unknown, options?: EventOptions): Promise<TypedEvent>;
}

/** Makes the function that makes an endpoint's event of a request; a promise where its schema validates asynchronously. */
export function eventReader(
  endpoint: Endpoint,
): (request: FastifyRequest) => TypedEvent | Promise<TypedEvent> {
  const readInput = inputReader(endpoint);
  const EventOf = endpoint.event as unknown as UntypedClass;
  // Only the schema knows, and only when it is asked.
  let validatesAsynchronously = false;

  const parse = async (request: FastifyRequest): Promise<TypedEvent> => {
    const event = await EventOf.parse(readInput(request), eventOptions(request));
    validatesAsynchronously = true;
    return event;
  };

  return (request) => {
    if (validatesAsynchronously) return parse(request);
    try {
      return new EventOf(readInput(request), eventOptions(request));
    } catch (error) {
      if (error instanceof ConfigurationError) return parse(request);
      throw error;
    }
  };
}

function eventOptions(request: FastifyRequest): EventOptions | undefined {
  const { principal, traceMeta } = request;
  // Who is unknown has no requests of their own that could be one.
  const idempotencyKey = principal && idempotencyKeyOf(request);
  if (idempotencyKey === undefined) return traceMeta && { meta: traceMeta };
  return traceMeta === undefined ? { idempotencyKey } : { idempotencyKey, meta: traceMeta };
}

import type { FastifyReply, RouteShorthandOptions } from "fastify";
import type { StandardSchema } from "../core/standard-schema.ts";
import { travelText } from "../core/travel.ts";
import type { Endpoint } from "./endpoint.ts";
import { serialisable } from "./serialisable.ts";

/** How an endpoint's answers become bodies. Fields that the output's schema does not have never leave. */
export interface ResponseWriter {
  readonly routeOptions: RouteShorthandOptions;
  /** What the reply is sent with. */
  bodyOf(answer: unknown, reply: FastifyReply): unknown;
}

/**
 * Plain schemas are filtered by a serialiser that Fastify compiles from them. Where it could not be trusted with one, or
 * there is no JSON Schema, answers are filtered by the schema's own validation.
 */
export function responseWriter({ contract, output, status }: Endpoint): ResponseWriter {
  if (contract.output === undefined) return { routeOptions: {}, bodyOf: () => undefined };
  const schema = output && serialisable(output);
  if (schema !== undefined) {
    return { routeOptions: { schema: { response: { [status]: schema } } }, bodyOf: asJson };
  }
  const write = textWriter(contract.output);
  return {
    routeOptions: {},
    bodyOf: async (answer, reply) => {
      reply.type(JSON_TYPE);
      return write(answer);
    },
  };
}

const JSON_TYPE = "application/json; charset=utf-8";

/** Writes what the schema makes of an answer as JSON. */
export function textWriter({ "~standard": { validate } }: StandardSchema<unknown>) {
  return async (answer: unknown): Promise<string> => {
    const result = await validate(answer);
    if (result.issues !== undefined) throw new TypeError("the output does not match its schema");
    return travelText(result.value) ?? "null";
  };
}

/** Fastify sends a string as text that is written already. */
function asJson(answer: unknown, reply: FastifyReply): unknown {
  if (typeof answer !== "string") return answer;
  reply.type(JSON_TYPE);
  return JSON.stringify(answer);
}

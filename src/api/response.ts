import type { FastifyReply, RouteShorthandOptions } from "fastify";
import type { JsonSchema } from "../core/json-schema.ts";
import type { StandardSchema } from "../core/standard-schema.ts";
import type { Endpoint } from "./endpoint.ts";

/** How an endpoint's answers become bodies. Fields that the output's schema does not have never leave. */
export interface ResponseWriter {
  readonly routeOptions: RouteShorthandOptions;
  /** What the reply is sent with. */
  bodyOf(answer: unknown, reply: FastifyReply): unknown;
}

/**
 * Plain schemas are filtered by a serialiser that Fastify compiles from them. It cannot choose between alternatives
 * when an answer has more fields than they do, and not every library offers a JSON Schema: such answers are filtered by
 * the schema's own validation.
 */
export function responseWriter({ contract, output, status }: Endpoint): ResponseWriter {
  if (contract.output === undefined) return { routeOptions: {}, bodyOf: () => undefined };
  if (output !== undefined && !hasAlternatives(output)) {
    return { routeOptions: { schema: { response: { [status]: output } } }, bodyOf: asJson };
  }
  const filter = filterOf(contract.output);
  return { routeOptions: {}, bodyOf: async (answer, reply) => asJson(await filter(answer), reply) };
}

/** Fastify sends a string as text that is written already. */
function asJson(answer: unknown, reply: FastifyReply): unknown {
  if (typeof answer !== "string") return answer;
  reply.type("application/json; charset=utf-8");
  return JSON.stringify(answer);
}

function filterOf({ "~standard": { validate } }: StandardSchema<unknown>) {
  return async (answer: unknown): Promise<unknown> => {
    const result = await validate(answer);
    if (result.issues !== undefined) throw new TypeError("the output does not match its schema");
    return result.value;
  };
}

function hasAlternatives(schema: JsonSchema): boolean {
  return Object.entries(schema).some(
    ([key, value]) =>
      key === "anyOf" ||
      key === "oneOf" ||
      key === "allOf" ||
      (typeof value === "object" && value !== null && hasAlternatives(value as JsonSchema)),
  );
}

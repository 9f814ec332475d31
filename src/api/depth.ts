import { APIError } from "../core/api-error.ts";

/** Far more than people nest, and far less than what runs out of stack while it follows a body. */
const DEEPEST = 200;

/**
 * Passes a body on.
 *
 * @throws {APIError} 422 if it is nested so deeply that what follows it (a schema that refers to itself, a serialiser)
 *   could run out of stack.
 */
export function refuseDepth(body: unknown): unknown {
  if (!isDeeperThan(DEEPEST, body)) return body;
  throw new APIError(422, "INPUT_TOO_DEEP", `the input is nested deeper than ${DEEPEST} levels`);
}

function isDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return levels === 0 || value.some((item) => isDeeperThan(levels - 1, item));
  if (!isPlain(value)) return false;
  if (levels === 0) return true;
  for (const key in value) if (isDeeperThan(levels - 1, value[key])) return true;
  return false;
}

/** What a parser of the application's own makes of a body, as bytes or a stream, is not looked into. */
function isPlain(value: object): value is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

import type { FastifyRequest } from "fastify";
import { APIError } from "../core/api-error.ts";

const LONGEST = 255;

/**
 * The key of the `Idempotency-Key` header, which may stand in quotes.
 *
 * @throws {APIError} 400 if it is empty, too long or not of printable ASCII.
 * @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
 */
export function idempotencyKeyOf({ headers }: FastifyRequest): string | undefined {
  const header = headers["idempotency-key"];
  if (header === undefined) return undefined;
  const key = String(header).replace(/^"(.*)"$/, "$1");
  if (key.length > LONGEST || !/^[\x20-\x7e]+$/.test(key)) {
    throw new APIError(
      400,
      "INVALID_IDEMPOTENCY_KEY",
      `Idempotency-Key must be 1 to ${LONGEST} printable ASCII characters`,
    );
  }
  return key;
}

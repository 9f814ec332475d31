import { declaredPart } from "../core/declared-part.ts";
import { ConfigurationError } from "../core/errors.ts";
import { type AnyEvent, contractOf } from "../core/event.ts";
import { knownJsonSchema } from "../core/known-json-schema.ts";
import { revive } from "../core/revive.ts";
import { untravelableField } from "../core/untravelable-field.ts";

/**
 * What would be lost in a store outside of the process must not be found out by the second one who asks.
 *
 * @throws {ConfigurationError} naming the field of the output.
 */
export function refuseUnkeepable(event: AnyEvent): void {
  const schema = contractOf(event)?.output;
  const field = schema && untravelableField(schema, "output");
  if (field === undefined) return;
  throw new ConfigurationError(
    `"${event.name}" has an idempotency key, and its outcome cannot be kept in a store: ${field} of its output is nothing that JSON can carry`,
  );
}

/**
 * What of an output its contract declares: a handler may return more, a hidden column for one, which nobody keeps. Of a
 * library that gives no JSON Schema, everything.
 */
export function declaredOutput(event: AnyEvent, output: unknown): unknown {
  const schema = contractOf(event)?.output;
  const jsonSchema = schema && knownJsonSchema(schema, "output");
  return jsonSchema === undefined ? output : declaredPart(output, jsonSchema);
}

/** A store outside of the process gives dates, bigints and bytes as text. */
export function revivedOutput(event: AnyEvent, output: unknown): unknown {
  const schema = contractOf(event)?.output;
  return schema === undefined ? output : revive(output, schema);
}

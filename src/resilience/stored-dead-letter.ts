import { ConfigurationError, messageOf } from "../core/errors.ts";
import {
  type AnyEvent,
  type AnyEventClass,
  contractOf,
  existingMeta,
  givenInput,
  restoreId,
} from "../core/event.ts";
import { jsonSchemaOf } from "../core/json-schema.ts";
import type { DeadLetter, StoredDeadLetter } from "../core/policies.ts";
import { reviverOf, travelText } from "../core/travel.ts";
import { untravelableField } from "../core/untravelable-field.ts";

/** What of an event came from a store, or went there first: a handler may have changed what it was given. */
const inputs = new WeakMap<AnyEvent, unknown>();

/**
 * A letter as it is kept outside the process.
 *
 * @throws {ConfigurationError} if its contract's input has a field that JSON cannot say.
 * @throws {TypeError} if its input refers to itself.
 */
export function storedFrom({
  id,
  event,
  error,
  moduleName,
  attempts,
  timestamp,
}: DeadLetter): StoredDeadLetter {
  if (!inputs.has(event)) {
    refuseUntravelable(event);
    inputs.set(event, asJson(givenInput(event)));
  }
  return {
    id,
    eventId: event.id,
    eventName: event.name,
    input: inputs.get(event),
    meta: existingMeta(event) ?? {},
    ...(event.idempotencyKey !== undefined && { idempotencyKey: event.idempotencyKey }),
    error: storedError(error),
    ...(moduleName !== undefined && { moduleName }),
    attempts,
    timestamp,
  };
}

/** What is kept of an error. */
export function storedError(error: unknown): StoredDeadLetter["error"] {
  const { code, name } = (error ?? {}) as { readonly code?: unknown; readonly name?: unknown };
  return {
    name: typeof name === "string" ? name : "Error",
    message: messageOf(error),
    ...(typeof code === "string" && { code }),
  };
}

/**
 * Makes letters of an event class out of stored ones. Dates, bigints and bytes become what they were.
 *
 * @throws {EventValidationError} if a letter's input does not match its contract any more.
 */
export function letterReader(eventClass: AnyEventClass): (stored: StoredDeadLetter) => Promise<DeadLetter> {
  const { input: schema } = eventClass.contract;
  const revive = schema && reviverOf(jsonSchemaOf(schema, "input"));
  const parse = eventClass.parse.bind(eventClass) as (...args: unknown[]) => Promise<AnyEvent>;

  return async ({ id, eventId, input, meta, idempotencyKey, moduleName, attempts, timestamp, error }) => {
    // Reviving changes its argument, and so may handlers: what is stored stays as it was.
    const copy = structuredClone(input);
    const given = revive === undefined ? copy : revive(copy);
    const event = await parse(given, { meta, ...(idempotencyKey !== undefined && { idempotencyKey }) });
    restoreId(event, eventId);
    inputs.set(event, input);
    const cause = Object.assign(new Error(error.message), {
      name: error.name,
      ...(error.code !== undefined && { code: error.code }),
    });
    return { id, event, error: cause, moduleName, attempts, timestamp };
  };
}

function refuseUntravelable(event: AnyEvent): void {
  const schema = contractOf(event)?.input;
  const field = schema && untravelableField(schema, "input");
  if (field === undefined) return;
  throw new ConfigurationError(
    `a dead letter of "${event.name}" cannot be stored: JSON cannot carry ${field}`,
  );
}

function asJson(value: unknown): unknown {
  const text = travelText(value);
  return text === undefined ? undefined : JSON.parse(text);
}

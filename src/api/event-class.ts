import { ConfigurationError } from "../core/errors.ts";
import type { AnyEventClass } from "../core/event.ts";

/** Whether a value is what `defineEvent` made, or a class that extends it. */
export function isEventClass(value: unknown): value is AnyEventClass {
  return typeof value === "function" && "contract" in value && "eventName" in value;
}

/** @throws {ConfigurationError} if `value` is no event class; `taker` is the function that was given it. */
export function refuseNoEventClass(value: unknown, taker: string): void {
  if (isEventClass(value)) return;
  const what = typeof value === "function" ? `the function ${value.name || "without a name"}` : typeof value;
  throw new ConfigurationError(`${taker} takes an event class, as defineEvent makes it, not ${what}`);
}

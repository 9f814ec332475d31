import { EventHandlingError, TSModulesError } from "./errors.ts";

/**
 * An error of ours that says: something that is needed cannot be reached, which is nobody's mistake, and over later.
 * Not a part of `TSModulesError`, which browsers load.
 */
export interface Outage extends TSModulesError {
  readonly isOutage: true;
}

/** Whether an error is an outage, however many handlers it came through. */
export function isOutage(error: unknown): boolean {
  if (error instanceof EventHandlingError) return isOutage(error.cause);
  return error instanceof TSModulesError && (error as Partial<Outage>).isOutage === true;
}

import { EventHandlingError } from "../core/errors.ts";
import type { AnyEvent } from "../core/event.ts";
import type { DeadLetter } from "../core/policies.ts";

/** A letter whose event is being handled again. */
interface Retry {
  readonly letter: DeadLetter;
  /** What a queue on the way has made of its failure. */
  again: DeadLetter | undefined;
}

const retries = new WeakMap<AnyEvent, Retry>();

/**
 * Has a letter's event handled again. Whether that succeeded, the event says afterwards (`handled`), so that a host's
 * `handle` fits. Resolves to the letter as it is to be kept from now on; undefined if there is nothing left to keep.
 */
export async function handleAgain(
  letter: DeadLetter,
  handle: (event: AnyEvent) => unknown,
): Promise<DeadLetter | undefined> {
  const retry: Retry = { letter, again: undefined };
  retries.set(letter.event, retry);
  try {
    const error = await failureOf(letter, handle);
    if (error === undefined) return retry.again;
    return retry.again ?? { ...letter, attempts: letter.attempts + 1, error };
  } finally {
    retries.delete(letter.event);
  }
}

/** A letter for an event that failed. If it was a letter before it remains that one, with all its attempts. */
export function letterFor(
  event: AnyEvent,
  error: unknown,
  moduleName: string | undefined,
  attempts: number,
): DeadLetter {
  const retry = retries.get(event);
  const letter: DeadLetter = {
    id: retry?.letter.id ?? crypto.randomUUID(),
    event,
    error,
    moduleName,
    attempts: attempts + (retry?.letter.attempts ?? 0),
    timestamp: Date.now(),
  };
  if (retry !== undefined) retry.again = letter;
  return letter;
}

/** What went wrong, or undefined. */
async function failureOf(letter: DeadLetter, handle: (event: AnyEvent) => unknown): Promise<unknown> {
  try {
    await handle(letter.event);
  } catch (error) {
    return (
      (error instanceof EventHandlingError ? error.cause : error) ?? new Error("it failed without an error")
    );
  }
  return letter.event.handled ? undefined : letter.error;
}

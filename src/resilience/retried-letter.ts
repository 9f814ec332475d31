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
    if (error === undefined || retry.again !== undefined) return retry.again;
    return { ...letter, attempts: letter.attempts + 1, error, timestamp: Date.now() };
  } finally {
    retries.delete(letter.event);
  }
}

/**
 * The letter of an event that is being handled again and failed: the one that it was, with all its attempts, for whoever
 * has it handled again to keep. Undefined for an event that nobody has handled again.
 */
export function failedAgain(letter: DeadLetter): DeadLetter | undefined {
  const retry = retries.get(letter.event);
  if (retry === undefined) return undefined;
  const { id, attempts } = retry.letter;
  retry.again = { ...letter, id, attempts: attempts + letter.attempts };
  return retry.again;
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

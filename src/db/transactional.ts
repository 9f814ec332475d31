import { type Checks, checkOptions, eventClasses } from "../core/check-options.ts";
import type { Middleware } from "../core/context.ts";
import type { Contract } from "../core/contract.ts";
import { ConfigurationError } from "../core/errors.ts";
import { type AnyEvent, type AnyEventClass, contractOf } from "../core/event.ts";
import { TRANSACTION_CHECKS, type TransactionOptions } from "./connection/transactions.ts";
import type { Database } from "./database/database.ts";

/** How events are handled in transactions. */
export interface TransactionalOptions extends TransactionOptions {
  /**
   * How often an event is handled anew after a serialization failure or a deadlock. What its handlers do outside of the
   * database they do again. @default 0
   */
  readonly retries?: number;
  /** The events that are handled in a transaction. @default all */
  readonly events?: readonly AnyEventClass[];
}

const CHECKS: Checks<TransactionalOptions> = {
  ...TRANSACTION_CHECKS,
  events: eventClasses,
};

/**
 * Middleware that handles each event in a transaction of `db`: it is committed when the event was handled, or nobody
 * wanted it, and rolled back when anything is thrown, declared errors included, or when nobody waits for the answer any
 * more. An event that is dispatched by a handler, with its context's `host`, is handled in a savepoint.
 *
 * Two kinds of events are none of its business, and their handlers call `db.transaction` themselves: those that are
 * published, since a subscriber that fails must not undo what the others did; and those that are answered with a stream,
 * which is read after the end. What `handleSync` dispatches is refused with an `AsyncHandlerError`, since it cannot wait.
 *
 * A retry policy of a handler begins in the middle of the transaction, where nothing can be undone: use `retries`, or
 * call `db.transaction` in the handler as well, so that every attempt is a savepoint.
 *
 * @throws {ConfigurationError} naming each option that is wrong.
 * @example
 * host.use(transactional(db, { isolation: "serializable", retries: 3, events: [PlaceOrder] }));
 */
export function transactional(db: Database, options: TransactionalOptions = {}): Middleware {
  checkOptions(options, CHECKS, "transactional");
  const { events, retries = 0, isolation } = options;
  const chosen = events && chosenContracts(events);
  const transaction: TransactionOptions = { retries, ...(isolation !== undefined && { isolation }) };

  return (event, next, context) => {
    const contract = contractOf(event);
    if (context.published || contract?.stream || chosen?.has(contract) === false) return next();
    return handleIn(db, transaction, event, next, context.signal);
  };
}

async function handleIn(
  db: Database,
  options: TransactionOptions,
  event: AnyEvent,
  next: () => unknown,
  signal: AbortSignal,
): Promise<void> {
  let failure: { readonly error: unknown } | undefined;
  const attempt = async () => {
    failure = undefined;
    event.output = undefined;
    event.handled = false;
    // `handleSync` does not wait, and others may have given up while there was no connection.
    signal.throwIfAborted();
    try {
      await next();
    } catch (error) {
      failure = { error };
      throw error;
    }
    signal.throwIfAborted();
  };
  try {
    await db.transaction(attempt, options);
  } catch (error) {
    // What the handler threw says more than what the transaction made of it.
    throw failure === undefined ? error : failure.error;
  }
}

function chosenContracts(events: readonly AnyEventClass[]): ReadonlySet<Contract | undefined> {
  const streaming = events.find(({ contract }) => contract.stream);
  if (streaming !== undefined) {
    throw new ConfigurationError(
      `transactional: "${streaming.eventName}" is answered with a stream, which is read after the transaction's end; ` +
        "call db.transaction in its handler",
    );
  }
  return new Set(events.map(({ contract }) => contract));
}

/** What a handler returns to decline: the event goes to the next module. */
export const SKIP: unique symbol = Symbol("SKIP");

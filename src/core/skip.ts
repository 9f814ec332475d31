/** What `SKIP` is to the compiler. Not a symbol: an async function's result would be widened to any symbol. */
export interface Skip {
  readonly "~skip": true;
}

/** What a handler returns to decline an event: it goes to the next module. */
export const SKIP = Symbol("SKIP") as unknown as Skip;

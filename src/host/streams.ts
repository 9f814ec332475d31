import { chain, rescue } from "../core/pipeline.ts";
import { Scope } from "../core/scope.ts";
import { SKIP } from "../core/skip.ts";
import type { Dispatch } from "./dispatch.ts";
import { isAbortOf, judge } from "./judge.ts";
import type { DispatchStep } from "./steps.ts";

/**
 * Lets a dispatch whose answer is a stream go on until the stream was read: its signal lives, `close` waits for it, and
 * what its handler throws half-way is judged as what handlers throw at once.
 */
export function withStream(next: DispatchStep): DispatchStep {
  return (dispatch) => {
    const scope = ownScopeOf(dispatch).hold();
    return rescue(
      () =>
        chain(next(dispatch), (answer) => {
          if (answer !== SKIP) return new Reading(itemsOf(dispatch, iterableOf(answer), scope), scope);
          scope.release();
          return SKIP;
        }),
      (error) => {
        scope.release();
        throw error;
      },
    );
  };
}

/** Its scope, which is no other dispatch's: who began this one may go on after the stream, or end before it. */
function ownScopeOf(dispatch: Dispatch): Scope {
  const outer = dispatch.origin?.scopeOf();
  if (outer !== undefined && (dispatch.scope ?? outer) === outer) dispatch.scope = new Scope(outer);
  return dispatch.scopeOf();
}

function iterableOf(answer: unknown): AsyncIterable<unknown> {
  const iterable = answer as AsyncIterable<unknown> | undefined;
  if (typeof iterable?.[Symbol.asyncIterator] === "function") return iterable;
  throw new TypeError(
    `a handler of a streaming event must answer with an AsyncIterable, not ${typeof answer}`,
  );
}

/** The reading of a stream, which may end before it began: a generator would not hear of that. */
class Reading implements AsyncIterableIterator<unknown> {
  readonly #items: AsyncGenerator;
  readonly #scope: Scope;

  constructor(items: AsyncGenerator, scope: Scope) {
    this.#items = items;
    this.#scope = scope;
  }

  next(): Promise<IteratorResult<unknown>> {
    return this.#items.next();
  }

  async return(value?: unknown): Promise<IteratorResult<unknown>> {
    const result = await this.#items.return(value);
    this.#scope.release();
    return result;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

async function* itemsOf(dispatch: Dispatch, answer: AsyncIterable<unknown>, scope: Scope): AsyncGenerator {
  const { dispatcher } = dispatch;
  const items = answer[Symbol.asyncIterator]();
  dispatcher.inFlight.add(dispatch);
  try {
    while (true) {
      const { done, value } = (await scope.race(items.next())) as IteratorResult<unknown>;
      if (done) return;
      yield value;
    }
  } catch (error) {
    if (!isAbortOf(dispatch, error)) dispatcher.reportFailure(dispatch, dispatch.binding?.module, error);
    throw judge(dispatch, error);
  } finally {
    const ended = items.return?.();
    // A handler that ignores its signal would keep the reader waiting for ever.
    if (scope.aborted) ended?.then(undefined, () => {});
    else await ended;
    dispatcher.inFlight.remove(dispatch);
    scope.release();
  }
}

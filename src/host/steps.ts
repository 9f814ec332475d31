import type { Middleware } from "../core/context.ts";
import { EventTimeoutError, OutputValidationError } from "../core/errors.ts";
import { chain, isPending } from "../core/pipeline.ts";
import { SKIP } from "../core/skip.ts";
import type { StandardSchema } from "../core/standard-schema.ts";
import type { Bulkhead } from "../resilience/bulkhead.ts";
import type { Attempt, Dispatch } from "./dispatch.ts";
import { Scope } from "./scope.ts";

/** A part of the way from the dispatch to the handler; gives the answer or SKIP, or a promise of one. */
export type DispatchStep = (dispatch: Dispatch) => unknown;

/** The same for one attempt of one handler. */
export type AttemptStep = (attempt: Attempt) => unknown;

/** Runs `middleware` around `next`. What the answer is, the event says afterwards. */
export function withMiddleware(middleware: Middleware, next: DispatchStep): DispatchStep {
  return (dispatch) => {
    const { event } = dispatch;
    const proceed = () =>
      chain(next(dispatch), (answer) => {
        if (dispatch.scope?.aborted) return; // The dispatch is over, and its event may be on its way again.
        event.handled = answer !== SKIP;
        event.output = event.handled ? answer : undefined;
      });
    return chain(middleware(event, proceed, dispatch), () => (event.handled ? event.output : SKIP));
  };
}

/** Gives each attempt a time limit; its signal aborts when time is up. */
export function withTimeout(timeoutMs: number, next: AttemptStep): AttemptStep {
  return (attempt) => {
    const { dispatch } = attempt;
    const { clock } = dispatch.dispatcher;
    const scope = new Scope()
      .within(dispatch.scopeOf())
      .limit(clock, timeoutMs, () => new EventTimeoutError(dispatch.event, timeoutMs));
    attempt.scope = scope;
    return finallyDo(
      () => {
        const answer = next(attempt);
        return isPending(answer) ? scope.race(answer) : answer;
      },
      () => scope.end(),
    );
  };
}

/** Holds a slot of `bulkhead` from before the attempt until the handler has really ended. */
export function withBulkhead(bulkhead: Bulkhead, next: AttemptStep): AttemptStep {
  const run: AttemptStep = (attempt) =>
    finallyDo(
      () => next(attempt),
      () => bulkhead.release(),
    );
  return (attempt) => {
    if (bulkhead.tryAcquire()) return run(attempt);
    const { dispatch } = attempt;
    return dispatch.dispatcher.waits
      .until(dispatch.event, attempt.scopeOf(), (acquired) => bulkhead.enqueue(acquired))
      .then(() => {
        const { aborted, reason } = attempt.scopeOf();
        if (!aborted) return run(attempt);
        bulkhead.release();
        throw reason;
      });
  };
}

/** `limited` for calls from outside, `unlimited` for what is part of a call that was admitted already. */
export function unlessNested(limited: AttemptStep, unlimited: AttemptStep): AttemptStep {
  return (attempt) => (attempt.dispatch.origin === undefined ? limited : unlimited)(attempt);
}

/** Judges each answer by the contract's output schema, and never replaces it. */
export function withOutputValidation(
  schema: StandardSchema<unknown>,
  stream: boolean,
  next: AttemptStep,
): AttemptStep {
  const { validate } = schema["~standard"];
  const judge = (attempt: Attempt, value: unknown) =>
    chain(validate(value), (result) => {
      const { issues } = result as Awaited<ReturnType<typeof validate>>;
      if (issues !== undefined) throw new OutputValidationError(attempt.event, issues);
      return value;
    });
  async function* judgeItems(attempt: Attempt, items: AsyncIterable<unknown>) {
    for await (const item of items) yield judge(attempt, item);
  }
  return (attempt) =>
    chain(next(attempt), (answer) => {
      if (answer === SKIP) return SKIP;
      return stream ? judgeItems(attempt, answer as AsyncIterable<unknown>) : judge(attempt, answer);
    });
}

/** Calls `step`, then `done` once, however and whenever the step ends. */
function finallyDo(step: () => unknown, done: () => void): unknown {
  let value: unknown;
  try {
    value = step();
  } catch (error) {
    done();
    throw error;
  }
  if (isPending(value)) {
    return value.then(
      (settled) => {
        done();
        return settled;
      },
      (error) => {
        done();
        throw error;
      },
    );
  }
  done();
  return value;
}

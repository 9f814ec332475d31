import type { Middleware } from "../core/context.ts";
import { OutputValidationError } from "../core/errors.ts";
import { chain, rescue } from "../core/pipeline.ts";
import { SKIP } from "../core/skip.ts";
import type { StandardSchema } from "../core/standard-schema.ts";
import type { Idempotency } from "../resilience/idempotency.ts";
import type { RateLimiter } from "../resilience/rate-limiter.ts";
import type { Attempt, Dispatch } from "./dispatch.ts";
import { judge } from "./judge.ts";

/** A part of the way from the dispatch to the handler; gives the answer or SKIP, or a promise of one. */
export type DispatchStep = (dispatch: Dispatch) => unknown;

/** The same for one attempt of one handler. */
export type AttemptStep = (attempt: Attempt) => unknown;

/** Runs `middleware` around `next`. What the answer is, the event says afterwards. */
export function withMiddleware(middleware: Middleware, next: DispatchStep): DispatchStep {
  return (dispatch) => {
    const { event } = dispatch;
    const proceed = () => {
      dispatch.instant = undefined; // Nobody knows how long the middleware took.
      return chain(next(dispatch), (answer) => {
        if (dispatch.scope?.aborted) return; // The dispatch is over, and its event may be on its way again.
        event.handled = answer !== SKIP;
        event.output = event.handled ? answer : undefined;
      });
    };
    return chain(middleware(event, proceed, dispatch), () => (event.handled ? event.output : SKIP));
  };
}

/** Admits what `limiter` admits, waiting for it where the limiter has a line. */
export function withRateLimiter(limiter: RateLimiter, next: DispatchStep): DispatchStep {
  return (dispatch) => {
    const { event } = dispatch;
    if (limiter.admits(event, dispatch.now())) return next(dispatch);
    return dispatch
      .wait(dispatch.scopeOf(), (admitted) => limiter.enqueue(admitted, event))
      .then(() => next(dispatch));
  };
}

/**
 * Answers an event whose idempotency key came before with the outcome of the first one.
 *
 * @param scope - Where several have outcomes of their own, whose this is.
 */
export function withIdempotency(
  idempotency: Idempotency,
  next: DispatchStep,
  scope: readonly string[] = [],
): DispatchStep {
  return (dispatch) => {
    if (dispatch.event.idempotencyKey === undefined) return next(dispatch);
    // Others who share the failure had no handler of their own, so that it is judged here.
    const first = () => {
      dispatch.instant = undefined; // The store may have taken its time.
      return rescue(() => next(dispatch), throwJudged(dispatch));
    };
    return idempotency.run(first, dispatch, scope);
  };
}

/** `limited` for calls from outside, `unlimited` for what is part of a call that was admitted already. */
export function unlessNested(limited: DispatchStep, unlimited: DispatchStep): DispatchStep {
  return (dispatch) => (dispatch.origin === undefined ? limited : unlimited)(dispatch);
}

/** Throws on what the caller is to see of an error. */
export function throwJudged(dispatch: Dispatch): (error: unknown) => never {
  return (error) => {
    throw judge(dispatch, error);
  };
}

/** Judges each answer by the contract's output schema, and never replaces it. */
export function withOutputValidation(
  schema: StandardSchema<unknown>,
  stream: boolean,
  next: AttemptStep,
): AttemptStep {
  const { validate } = schema["~standard"];
  const check = (attempt: Attempt, value: unknown) =>
    chain(validate(value), (result) => {
      const { issues } = result as Awaited<ReturnType<typeof validate>>;
      if (issues !== undefined) throw new OutputValidationError(attempt.event, issues);
      return value;
    });
  async function* judgeItems(attempt: Attempt, items: AsyncIterable<unknown>) {
    for await (const item of items) yield check(attempt, item);
  }
  return (attempt) =>
    chain(next(attempt), (answer) => {
      if (answer === SKIP) return SKIP;
      return stream ? judgeItems(attempt, answer as AsyncIterable<unknown>) : check(attempt, answer);
    });
}

import { CircuitBreakerOpenError, EventTimeoutError } from "../core/errors.ts";
import { isFault } from "../core/fault.ts";
import { isPending } from "../core/pipeline.ts";
import type { DeadLetterQueue } from "../resilience/dead-letter-queue.ts";
import type { Fallback } from "../resilience/fallback.ts";
import type { RetryPolicy } from "../resilience/retry-policy.ts";
import type { Binding } from "./binding.ts";
import { Attempt, type Dispatch } from "./dispatch.ts";
import { isAbortOf } from "./judge.ts";
import type { AttemptStep, DispatchStep } from "./steps.ts";
import { WatchedAttempt } from "./watched-attempt.ts";

/** What follows on a failure of one handler, outermost first. */
export interface Recovering {
  readonly fallback: Fallback | undefined;
  readonly deadLetterQueue: DeadLetterQueue | undefined;
  readonly retryPolicy: RetryPolicy | undefined;
}

/** What is known of the attempts before this one. */
interface Tries {
  /** How many retries there were. */
  readonly retries: number;
  readonly waitedMs: number | undefined;
  readonly error: unknown;
}

const FIRST: Tries = { retries: 0, waitedMs: undefined, error: undefined };

/** Attempts at the event by one handler: one, or more where failures are recovered from. */
export function withRecovery(
  recovering: Recovering,
  binding: Binding,
  step: AttemptStep,
  isGuarded: boolean,
): DispatchStep {
  const { fallback, deadLetterQueue, retryPolicy } = recovering;
  if (fallback === undefined && deadLetterQueue === undefined && retryPolicy === undefined) {
    // Two functions, because the engine does not see through a class that is chosen at run time.
    if (!isGuarded) {
      return (dispatch) => {
        dispatch.binding = binding;
        return step(new Attempt(dispatch, binding));
      };
    }
    return (dispatch) => {
      dispatch.binding = binding;
      return step(new WatchedAttempt(dispatch, binding));
    };
  }
  const recovery = new Recovery(recovering, binding, step);
  return (dispatch) => {
    dispatch.binding = binding;
    retryPolicy?.budget?.deposit();
    return recovery.attempt(dispatch, FIRST);
  };
}

/** Retry, dead letters and fallback in one step: all of them concern failures alone, so that success pays for one. */
class Recovery {
  private readonly recovering: Recovering;
  private readonly binding: Binding;
  private readonly step: AttemptStep;

  constructor(recovering: Recovering, binding: Binding, step: AttemptStep) {
    this.recovering = recovering;
    this.binding = binding;
    this.step = step;
  }

  attempt(dispatch: Dispatch, tries: Tries): unknown {
    const attempt = new WatchedAttempt(dispatch, this.binding);
    let value: unknown;
    try {
      value = this.step(attempt);
    } catch (error) {
      return this.recover(attempt, tries, error);
    }
    return isPending(value) ? value.then(undefined, (error) => this.recover(attempt, tries, error)) : value;
  }

  private recover(attempt: WatchedAttempt, tries: Tries, error: unknown): unknown {
    const { dispatch } = attempt;
    dispatch.instant = undefined; // The attempt has taken its time.
    if (isAbortOf(dispatch, error)) throw error;
    // The circuit opened between two attempts: what opened it says more.
    if (tries.retries > 0 && isRefusalOf(dispatch, error))
      return this.giveUp(attempt, tries.retries, tries.error);
    const delayMs = this.retryDelayMs(attempt, tries, error);
    if (delayMs === undefined) return this.giveUp(attempt, tries.retries + 1, error);
    dispatch.dispatcher.observer?.retried?.(dispatch.event);
    const again = () => {
      dispatch.event.output = undefined;
      dispatch.event.handled = false;
      return this.attempt(dispatch, { retries: tries.retries + 1, waitedMs: delayMs, error });
    };
    if (delayMs === 0) return again();
    const { clock } = dispatch.dispatcher;
    return dispatch.wait(dispatch.scopeOf(), (done) => clock.schedule(delayMs, done)).then(again);
  }

  private retryDelayMs(attempt: WatchedAttempt, tries: Tries, error: unknown): number | undefined {
    const { retryPolicy } = this.recovering;
    if (retryPolicy === undefined || attempt.failedInside(error)) return undefined;
    // A class that sets `event.output` itself may still do so when its time is up.
    if (this.binding.contract === undefined && error instanceof EventTimeoutError) return undefined;
    return retryPolicy.nextDelayMs(tries.retries, error, tries.waitedMs);
  }

  private giveUp(attempt: WatchedAttempt, attempts: number, error: unknown): unknown {
    const { fallback, deadLetterQueue, retryPolicy } = this.recovering;
    const { event, dispatcher, origin } = attempt.dispatch;
    if (retryPolicy !== undefined) origin?.noteFailure(event, error);
    if (deadLetterQueue !== undefined && isFault(error)) {
      deadLetterQueue.add(event, error, { moduleName: this.binding.module.metadata.name, attempts });
      dispatcher.observer?.deadLettered?.(event);
    }
    if (fallback === undefined) throw error;
    return fallback.answer(error, event, dispatcher.logger);
  }
}

function isRefusalOf({ event }: Dispatch, error: unknown): boolean {
  return error instanceof CircuitBreakerOpenError && error.event === event;
}

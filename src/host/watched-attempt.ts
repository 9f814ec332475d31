import type { Clock } from "../core/clock.ts";
import { EventTimeoutError } from "../core/errors.ts";
import type { AnyEvent } from "../core/event.ts";
import type { Overtime } from "../core/scope.ts";
import type { CircuitPhase } from "../resilience/circuit-breaker.ts";
import { Attempt } from "./dispatch.ts";
import { eventsBehind, isAbortOf } from "./judge.ts";

/** An attempt with policies around it, and what they have to remember of it. */
export class WatchedAttempt extends Attempt implements Overtime {
  /** What its circuit breaker admitted it to. */
  phase: CircuitPhase | undefined = undefined;
  startedAt = 0;
  /** How many bulkheads it holds a slot of. */
  slots = 0;
  /** Events, and their errors, that were tried again inside and failed. */
  private failed: Set<unknown> | undefined = undefined;

  get clock(): Clock {
    return this.dispatch.dispatcher.clock;
  }

  override noteFailure(event: AnyEvent, error: unknown): void {
    this.failed ??= new Set();
    this.failed.add(event).add(error);
    super.noteFailure(event, error);
  }

  /** Whether `error` comes of an event that was dispatched from here, and tried again there. */
  failedInside(error: unknown): boolean {
    const { failed } = this;
    if (failed === undefined) return false;
    return failed.has(error) || eventsBehind(error).some((event) => failed.has(event));
  }

  /** Whether `error` is why nobody waits any more, and not that the attempt's time was up. */
  gaveUpOn(error: unknown): boolean {
    if (error instanceof EventTimeoutError && error.event === this.event) return false;
    return isAbortOf(this.dispatch, error);
  }

  timeoutError(limitMs: number): EventTimeoutError {
    return new EventTimeoutError(this.event, limitMs);
  }
}

import type { Deadlines } from "../core/deadlines.ts";
import { isPending } from "../core/pipeline.ts";
import type { Scope } from "../core/scope.ts";
import { SKIP } from "../core/skip.ts";
import type { Bulkhead } from "../resilience/bulkhead.ts";
import type { CircuitBreaker } from "../resilience/circuit-breaker.ts";
import type { AttemptStep } from "./steps.ts";
import type { WatchedAttempt } from "./watched-attempt.ts";

/** What stands guard around each attempt of one handler, outermost first. */
export interface Guarding {
  readonly circuitBreaker: CircuitBreaker | undefined;
  readonly deadlines: Deadlines | undefined;
  /** The host's own slots, which calls within an admitted call do not need. */
  readonly hostBulkheads: readonly Bulkhead[];
  readonly bulkheads: readonly Bulkhead[];
  /** Whether an attempt goes on after its answer: until the stream that it is was read. */
  readonly streams: boolean;
}

/** `invoke` with its guards, for watched attempts; as it is where there are none. */
export function withGuards(guarding: Guarding, invoke: AttemptStep): AttemptStep {
  const { circuitBreaker, deadlines, hostBulkheads, bulkheads } = guarding;
  if (!(circuitBreaker || deadlines || hostBulkheads.length > 0 || bulkheads.length > 0)) return invoke;
  const guards = new Guards(guarding, invoke);
  return (attempt) => guards.run(attempt as WatchedAttempt);
}

/**
 * Circuit breaker, time limit and slots in one step, because each promise on the way costs as much as all of them. The
 * breaker hears of an attempt when its caller does; a slot is free only when the handler has really ended.
 */
class Guards {
  private readonly breaker: CircuitBreaker | undefined;
  private readonly deadlines: Deadlines | undefined;
  private readonly bulkheads: readonly Bulkhead[];
  private readonly hostSlots: number;
  private readonly streams: boolean;
  private readonly invoke: AttemptStep;

  constructor(
    { circuitBreaker, deadlines, hostBulkheads, bulkheads, streams }: Guarding,
    invoke: AttemptStep,
  ) {
    this.breaker = circuitBreaker;
    this.deadlines = deadlines;
    this.bulkheads = [...hostBulkheads, ...bulkheads];
    this.hostSlots = hostBulkheads.length;
    this.streams = streams;
    this.invoke = invoke;
  }

  run(attempt: WatchedAttempt): unknown {
    const { breaker, deadlines } = this;
    const { dispatch } = attempt;
    if (breaker !== undefined) {
      attempt.phase = breaker.admit(dispatch.event);
      if (breaker.isTimed) attempt.startedAt = dispatch.now();
    }
    if (deadlines !== undefined) {
      attempt.scope = dispatch.attemptScope().limitBy(deadlines, dispatch.now(), attempt);
    }
    let value: unknown;
    try {
      value = this.enter(attempt, this.slotsFrom(attempt));
    } catch (error) {
      this.leave(attempt);
      this.recordFailure(attempt, error);
      throw error;
    }
    if (isPending(value)) {
      return deadlines === undefined ? this.later(attempt, value) : this.inTime(attempt, value);
    }
    this.leave(attempt);
    this.recordSuccess(attempt, value);
    return value;
  }

  /** Takes the slots one after the other, then calls the handler. */
  private enter(attempt: WatchedAttempt, from: number): unknown {
    const { bulkheads } = this;
    for (let index = from; index < bulkheads.length; index++) {
      const bulkhead = bulkheads[index] as Bulkhead;
      if (!bulkhead.tryAcquire()) return this.waitFor(attempt, bulkhead, index);
      attempt.slots = index + 1;
    }
    return this.invoke(attempt);
  }

  private waitFor(attempt: WatchedAttempt, bulkhead: Bulkhead, index: number): Promise<unknown> {
    const { dispatch } = attempt;
    return dispatch
      .wait(attempt.scopeOf(), (acquired) => bulkhead.enqueue(acquired, dispatch.event))
      .then(() => {
        attempt.slots = index + 1;
        const { aborted, reason } = attempt.scopeOf();
        if (aborted) throw reason;
        return this.enter(attempt, index + 1);
      });
  }

  private later(attempt: WatchedAttempt, value: PromiseLike<unknown>): PromiseLike<unknown> {
    return value.then(
      (settled) => {
        this.leave(attempt);
        this.recordSuccess(attempt, settled);
        return settled;
      },
      (error) => {
        this.leave(attempt);
        this.recordFailure(attempt, error);
        throw error;
      },
    );
  }

  private inTime(attempt: WatchedAttempt, value: PromiseLike<unknown>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const scope = attempt.scope as Scope;
      const giveUp = (reason: unknown) => {
        this.recordFailure(attempt, reason);
        reject(reason);
      };
      if (scope.aborted) giveUp(scope.reason);
      else scope.aborting = giveUp;
      value.then(
        (settled) => {
          this.leave(attempt);
          if (scope.aborted) return;
          this.recordSuccess(attempt, settled);
          resolve(settled);
        },
        (error) => {
          this.leave(attempt);
          if (scope.aborted) return;
          this.recordFailure(attempt, error);
          reject(error);
        },
      );
    });
  }

  private slotsFrom({ dispatch }: WatchedAttempt): number {
    return dispatch.origin === undefined ? 0 : this.hostSlots;
  }

  private leave(attempt: WatchedAttempt): void {
    if (this.streams) attempt.scope?.unlimit();
    else attempt.scope?.end();
    for (let index = this.slotsFrom(attempt); index < attempt.slots; index++) {
      (this.bulkheads[index] as Bulkhead).release();
    }
    attempt.slots = 0;
  }

  private recordSuccess(attempt: WatchedAttempt, value: unknown): void {
    const { breaker } = this;
    if (breaker === undefined || attempt.phase === undefined) return;
    if (value === SKIP) breaker.withdraw(attempt.phase);
    else breaker.succeeded(attempt.phase, attempt.startedAt, breaker.isTimed ? attempt.clock.now() : 0);
    attempt.phase = undefined;
  }

  private recordFailure(attempt: WatchedAttempt, error: unknown): void {
    const { breaker } = this;
    if (breaker === undefined || attempt.phase === undefined) return;
    // Who gave up says nothing of the handler; that its time was up does.
    if (attempt.gaveUpOn(error)) breaker.withdraw(attempt.phase);
    else breaker.failed(attempt.phase, error, attempt.startedAt, breaker.isTimed ? attempt.clock.now() : 0);
    attempt.phase = undefined;
  }
}

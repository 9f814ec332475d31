import {
  aClock,
  type Check,
  callable,
  checkOptions,
  oneOf,
  positiveInteger,
  positiveMs,
  problemsOf,
  share,
} from "../core/check-options.ts";
import { type Clock, systemClock } from "../core/clock.ts";
import { CircuitBreakerOpenError } from "../core/errors.ts";
import type { AnyEvent } from "../core/event.ts";
import { isFault } from "../core/fault.ts";
import { notify } from "../core/notify.ts";
import { isPending } from "../core/pipeline.ts";
import type {
  CircuitBreakerOptions,
  CircuitBreakerWindow,
  CircuitState,
  PolicyObject,
} from "../core/policies.ts";
import { type OutcomeWindow, outcomeWindow } from "./circuit-window.ts";
import { type Call, Policy } from "./policy.ts";

const WINDOW_CHECKS = {
  kind: oneOf(["count", "time"]),
  size: positiveInteger,
  minimumCalls: positiveInteger,
  failureRate: share,
  slowCallMs: positiveMs,
  slowCallRate: share,
};

const aWindow: Check = (value) => {
  const given = value as CircuitBreakerWindow;
  const problems = problemsOf(given, WINDOW_CHECKS, "window");
  if (problems.length > 0) return `a window (${problems.join("; ")})`;
  const { kind, size, minimumCalls, failureRate } = given;
  if (kind === undefined || size === undefined || minimumCalls === undefined || failureRate === undefined) {
    return "a window with kind, size, minimumCalls and failureRate";
  }
  return kind === "count" && minimumCalls > size
    ? "a window with a size of at least minimumCalls"
    : undefined;
};

/** @internal */
export const CIRCUIT_BREAKER_CHECKS = {
  failureThreshold: positiveInteger,
  recoveryTimeoutMs: positiveMs,
  successThreshold: positiveInteger,
  halfOpenMaxCalls: positiveInteger,
  window: aWindow,
  isFailure: callable,
  onStateChange: callable,
  clock: aClock,
};

/** How long a caller is told to wait while probes are on their way, in ms. */
const PROBING_MS = 1_000;

/**
 * One stay in one state, with what is counted there. A call belongs to the phase that admitted it; what comes of it
 * counts for nothing else.
 */
export interface CircuitPhase {
  readonly state: CircuitState;
  /** Failures in a row while closed, successes while half-open. */
  count: number;
  /** Probes on their way, while half-open. */
  running: number;
  /** While open: when it is half-open. */
  readonly until: number;
  readonly window: OutcomeWindow | undefined;
}

/**
 * Stops calling what keeps failing, and tries again after a while. Closed, it counts failures in a row, or rates over
 * a window of calls or of time. Open, it refuses. After `recoveryTimeoutMs` it is half-open and lets some probes
 * through: enough successes close it, one failure opens it again.
 *
 * @see M. Nygard, "Release It!", 2018: Circuit Breaker.
 * @example
 * const breaker = new CircuitBreaker({ failureThreshold: 5, recoveryTimeoutMs: 30_000 });
 * const user = await breaker.execute(() => fetchUser(id));
 */
export class CircuitBreaker extends Policy implements PolicyObject<"circuitBreaker"> {
  readonly kind = "circuitBreaker";
  /** Whether `settle` needs to know the time. */
  readonly isTimed: boolean;
  private readonly clock: Clock;
  private readonly failureThreshold: number;
  private readonly recoveryTimeoutMs: number;
  private readonly successThreshold: number;
  private readonly halfOpenMaxCalls: number;
  private readonly window: CircuitBreakerWindow | undefined;
  private readonly isFailure: (error: unknown) => boolean;
  private readonly onStateChange: CircuitBreakerOptions["onStateChange"];
  private phase: CircuitPhase;

  /** @throws {ConfigurationError} naming each option that is wrong. */
  constructor(options: CircuitBreakerOptions = {}) {
    super();
    checkOptions(options, CIRCUIT_BREAKER_CHECKS, "CircuitBreaker");
    this.failureThreshold = options.failureThreshold ?? 5;
    this.recoveryTimeoutMs = options.recoveryTimeoutMs ?? 30_000;
    this.successThreshold = options.successThreshold ?? 2;
    this.halfOpenMaxCalls = options.halfOpenMaxCalls ?? 1;
    this.window = options.window;
    this.isTimed = options.window?.kind === "time" || options.window?.slowCallMs !== undefined;
    this.isFailure = options.isFailure ?? isFault;
    this.onStateChange = options.onStateChange;
    this.clock = options.clock ?? systemClock;
    this.phase = this.newPhase("closed");
  }

  get state(): CircuitState {
    this.recover();
    return this.phase.state;
  }

  /** Closes the circuit and forgets what was counted. */
  reset(): void {
    this.enter("closed");
  }

  /**
   * Lets a call through; who was let through says by `settle` how it ended.
   *
   * @throws {CircuitBreakerOpenError} if the circuit is open, or its probes are all on their way.
   */
  admit(event?: AnyEvent): CircuitPhase {
    if (this.phase.state === "closed") return this.phase;
    this.recover();
    const { phase } = this;
    if (phase.state === "open") {
      throw new CircuitBreakerOpenError(event, Math.max(1, Math.ceil(phase.until - this.clock.now())));
    }
    if (phase.state === "half_open") {
      if (phase.running >= this.halfOpenMaxCalls) throw new CircuitBreakerOpenError(event, PROBING_MS);
      phase.running++;
    }
    return phase;
  }

  /** A call that `phase` admitted has given a value. The times matter only where `isTimed` says so. */
  succeeded(phase: CircuitPhase, startedAt = 0, now = 0): void {
    if (phase !== this.phase) return;
    if (phase.window === undefined && phase.state === "closed") phase.count = 0;
    else this.settle(phase, false, startedAt, now);
  }

  /** A call that `phase` admitted has thrown `error`. */
  failed(phase: CircuitPhase, error: unknown, startedAt = 0, now = 0): void {
    if (phase !== this.phase) return;
    if (this.isFailure(error)) this.settle(phase, true, startedAt, now);
    else this.withdraw(phase);
  }

  /** A call that `phase` admitted has ended in a way that says nothing about what was called. */
  withdraw(phase: CircuitPhase): void {
    if (phase.state === "half_open") phase.running--;
  }

  run<T>(fn: (call: Call) => T | PromiseLike<T>, call: Call): T | PromiseLike<T> {
    const phase = this.admit(call.event);
    const startedAt = this.isTimed ? this.clock.now() : 0;
    const now = () => (this.isTimed ? this.clock.now() : 0);
    let value: T | PromiseLike<T>;
    try {
      value = fn(call);
    } catch (error) {
      this.failed(phase, error, startedAt, now());
      throw error;
    }
    if (!isPending(value)) {
      this.succeeded(phase, startedAt, now());
      return value;
    }
    return value.then(
      (settled) => {
        this.succeeded(phase, startedAt, now());
        return settled as T;
      },
      (error) => {
        this.failed(phase, error, startedAt, now());
        throw error;
      },
    );
  }

  private settle(phase: CircuitPhase, failed: boolean, startedAt: number, now: number): void {
    if (phase.state === "half_open") {
      phase.running--;
      if (failed) this.enter("open");
      else if (++phase.count >= this.successThreshold) this.enter("closed");
      return;
    }
    if (phase.window === undefined) {
      if (failed && ++phase.count >= this.failureThreshold) this.enter("open");
      return;
    }
    const { slowCallMs = Number.POSITIVE_INFINITY } = this.window ?? {};
    phase.window.add(failed, now - startedAt > slowCallMs, now);
    if (phase.window.isTooBad()) this.enter("open");
  }

  /** An open circuit is half-open once its time is over; nothing has to happen for that. */
  private recover(): void {
    if (this.phase.state === "open" && this.clock.now() >= this.phase.until) this.enter("half_open");
  }

  private enter(state: CircuitState): void {
    const previous = this.phase.state;
    this.phase = this.newPhase(state);
    if (state !== previous) notify(this.onStateChange, state, previous);
  }

  private newPhase(state: CircuitState): CircuitPhase {
    return {
      state,
      count: 0,
      running: 0,
      until: state === "open" ? this.clock.now() + this.recoveryTimeoutMs : 0,
      window: state === "closed" && this.window !== undefined ? outcomeWindow(this.window) : undefined,
    };
  }
}

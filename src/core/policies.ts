import type { Clock } from "./clock.ts";
import type { AnyEvent, EventMeta } from "./event.ts";

/** A policy that exists already, and is shared by whoever is given it. `tsmodules/resilience` has the classes. */
export interface PolicyObject<Kind extends string> {
  readonly kind: Kind;
}

/** The policies that a handler, a module or a host may have, under one name at every level. */
export interface Policies {
  /** How many calls are admitted per second. Holds at every level where it is given. */
  readonly rateLimiter?: RateLimiterOptions | PolicyObject<"rateLimiter"> | false;
  /** Calls with one idempotency key run once. */
  readonly idempotency?: IdempotencyOptions | PolicyObject<"idempotency"> | false;
  /** What is answered in place of a failure. */
  readonly fallback?: FallbackOptions | PolicyObject<"fallback"> | false;
  /** Where events go whose handling failed for good. */
  readonly deadLetterQueue?: DeadLetterQueueOptions | PolicyObject<"deadLetterQueue"> | false;
  /** How failed attempts are repeated. */
  readonly retryPolicy?: RetryPolicyOptions | PolicyObject<"retryPolicy"> | false;
  /** When a failing module is left alone for a while. As options, each module gets a breaker of its own. */
  readonly circuitBreaker?: CircuitBreakerOptions | PolicyObject<"circuitBreaker"> | false;
  /** Time limit of one attempt, in ms; `false` lifts the one of the level above. */
  readonly timeoutMs?: number | false;
  /** How many attempts run at once. Holds at every level where it is given. */
  readonly bulkhead?: BulkheadOptions | PolicyObject<"bulkhead"> | false;
  /** Short for a bulkhead whose line has no end: how many attempts run at once; further ones wait. */
  readonly maxConcurrency?: number | false;
}

export interface RateLimiterOptions {
  /** Calls per second that are admitted in the long run. */
  readonly rate: number;
  /** Calls that are admitted at once after a rest. @default 10 */
  readonly burst?: number;
  /** Whether calls over the limit wait for their turn; else they are refused. @default false */
  readonly block?: boolean;
  /** Gives each key a limit of its own: a tenant, a user. Only calls that come with an event have one. */
  readonly key?: (event: AnyEvent) => string;
  /** How many keys have a limit of their own; those beyond share one. @default 10_000 */
  readonly maxKeys?: number;
  readonly clock?: Clock;
}

export type CircuitState = "closed" | "open" | "half_open";

export interface CircuitBreakerWindow {
  /** Whether `size` counts calls or ms. */
  readonly kind: "count" | "time";
  readonly size: number;
  /** So many calls have to be in the window before it is judged. */
  readonly minimumCalls: number;
  /** The share of failures, above 0 and up to 1, at which the circuit opens. */
  readonly failureRate: number;
  /** A call that takes longer, in ms, is slow, whatever its end. */
  readonly slowCallMs?: number;
  /** The share of slow calls at which the circuit opens. @default 1 */
  readonly slowCallRate?: number;
}

export interface CircuitBreakerOptions {
  /** Failures in a row that open the circuit, where there is no `window`. @default 5 */
  readonly failureThreshold?: number;
  /** How long the circuit stays open, in ms. @default 30_000 */
  readonly recoveryTimeoutMs?: number;
  /** Successes that close a half-open circuit. @default 2 */
  readonly successThreshold?: number;
  /** Calls that a half-open circuit lets through at a time. @default 1 */
  readonly halfOpenMaxCalls?: number;
  /** Judges by rates over the last calls instead of failures in a row. */
  readonly window?: CircuitBreakerWindow;
  /** Which errors count. @default isFault */
  readonly isFailure?: (error: unknown) => boolean;
  readonly onStateChange?: (state: CircuitState, previous: CircuitState) => void;
  readonly clock?: Clock;
}

export type Jitter = "none" | "full" | "decorrelated";

export interface RetryPolicyOptions {
  /** Further attempts after the first one. @default 3 */
  readonly maxRetries?: number;
  /** The wait before the first retry, in ms. @default 1_000 */
  readonly baseDelayMs?: number;
  /** No wait is longer, in ms. @default 60_000 */
  readonly maxDelayMs?: number;
  /** What the wait is multiplied with from one retry to the next. @default 2 */
  readonly exponentialBase?: number;
  /** How waits are spread, so that callers do not come back all at once. @default "none" */
  readonly jitter?: Jitter;
  /** Which errors are worth another attempt. @default isFault */
  readonly retryable?: (error: unknown) => boolean;
  /** Bounds the retries of all calls together. @default none */
  readonly budget?: RetryBudgetOptions | PolicyObject<"retryBudget">;
  readonly clock?: Clock;
  /** Numbers from 0 to 1, for the jitter. @default Math.random */
  readonly random?: () => number;
}

export interface RetryBudgetOptions {
  /** How many retries each call earns. @default 0.2 */
  readonly ratio?: number;
  /** Retries per second that need not be earned. @default 10 */
  readonly minPerSecond?: number;
  /** Unused retries are kept up to this number. @default 100 */
  readonly maxBalance?: number;
  readonly clock?: Clock;
}

export interface TimeoutOptions {
  readonly timeoutMs: number;
  readonly clock?: Clock;
}

export interface BulkheadOptions {
  /** How many calls run at once. */
  readonly maxConcurrent: number;
  /** How many wait for a slot; further ones are refused. @default Infinity */
  readonly maxQueue?: number;
}

/** Either a value or a function that makes one. */
export interface FallbackOptions {
  readonly defaultValue?: unknown;
  readonly handler?: (error: unknown, event: AnyEvent | undefined) => unknown;
  /** Whether what the fallback stands in for is logged. @default true */
  readonly logErrors?: boolean;
  /** Which errors it stands in for. @default isFault, and refusals by an open circuit or a full bulkhead */
  readonly handles?: (error: unknown) => boolean;
}

/** An event that could not be handled, and why. */
export interface DeadLetter {
  readonly id: string;
  readonly event: AnyEvent;
  /** What the handler threw. */
  readonly error: unknown;
  readonly moduleName: string | undefined;
  /** How often it was tried. */
  readonly attempts: number;
  /** Epoch ms. */
  readonly timestamp: number;
}

/** A dead letter as it is kept outside the process: its event is the input as JSON. */
export interface StoredDeadLetter {
  readonly id: string;
  readonly eventId: string;
  readonly eventName: string;
  readonly input: unknown;
  readonly meta: EventMeta;
  readonly idempotencyKey?: string;
  readonly error: { readonly name: string; readonly message: string; readonly code?: string };
  readonly moduleName?: string;
  readonly attempts: number;
  /** Of the last failure, in epoch ms. */
  readonly timestamp: number;
}

/** Where dead letters survive their process. `deadLetterStoreContract` of `tsmodules/testing` says what it must do. */
export interface DeadLetterStore {
  /** Keeps a letter; one with the same id is replaced. */
  add(letter: StoredDeadLetter): void | Promise<void>;
  /** Drops a letter; one that is not there is none. */
  remove(id: string): void | Promise<void>;
  /**
   * Reserves a letter for being handled again, until it is added or removed, or a while after the process died. False if
   * it is not there any more, or somebody else has it.
   */
  take?(id: string): boolean | Promise<boolean>;
  /** All letters, oldest first. */
  list(): readonly StoredDeadLetter[] | Promise<readonly StoredDeadLetter[]>;
}

/** How many letters are kept, where, and who hears of them. */
export interface DeadLetterQueueOptions {
  /** So many letters are in memory; the oldest goes first, and stays in the store if there is one. @default 1_000 */
  readonly maxSize?: number;
  /** Gets each letter that is kept, one that failed again included. */
  readonly onAdd?: (letter: DeadLetter) => void;
  /** Gets what had to go for a newer letter. */
  readonly onEvict?: (letter: DeadLetter) => void;
  /** Where letters outlive the process. @default nowhere: they are in memory alone */
  readonly store?: DeadLetterStore;
  /** Gets what `store` failed with, and what of it cannot be read. @default console.error */
  readonly onStoreError?: (error: unknown) => void;
  /** Tells when a store that failed is tried again. */
  readonly clock?: Clock;
}

/** What a store says to somebody who asks for a key. */
export type IdempotencyClaim =
  | { readonly status: "claimed" }
  | { readonly status: "running"; readonly fingerprint: string }
  | { readonly status: "done"; readonly fingerprint: string; readonly output: unknown };

/** Where idempotency keys are kept. `idempotencyStoreContract` of `tsmodules/testing` says what it must do. */
export interface IdempotencyStore {
  /** Gives the key to the first who asks, and says to everybody else what became of it, for `ttlMs`. */
  claim(key: string, fingerprint: string, ttlMs: number): IdempotencyClaim | Promise<IdempotencyClaim>;
  /** Keeps the outcome of a claimed key. */
  complete(key: string, output: unknown): void | Promise<void>;
  /** Gives a claimed key back: the next one who asks runs anew. */
  release(key: string): void | Promise<void>;
  /**
   * Whether what is claimed now may be undone, with the transaction that it is part of. Then nobody in the process shares
   * its outcome, and whoever asks meanwhile asks the store. @default never
   */
  isTentative?(): boolean;
}

export interface IdempotencyOptions {
  /** @default a store in memory */
  readonly store?: IdempotencyStore;
  /** How long an outcome is remembered, in ms. @default 86_400_000, a day */
  readonly ttlMs?: number;
  readonly clock?: Clock;
}

import { aClock, checkOptions, having, positiveMs } from "../core/check-options.ts";
import { systemClock } from "../core/clock.ts";
import type { Middleware } from "../core/context.ts";
import { digest } from "../core/digest.ts";
import { ConfigurationError, IdempotencyKeyInUseError, IdempotencyKeyReusedError } from "../core/errors.ts";
import { type AnyEvent, existingMeta, givenInput } from "../core/event.ts";
import { chain, isPending, rescue } from "../core/pipeline.ts";
import type {
  IdempotencyClaim,
  IdempotencyOptions,
  IdempotencyStore,
  PolicyObject,
} from "../core/policies.ts";
import { SKIP } from "../core/skip.ts";
import { asTraveller } from "../core/travel.ts";
import { declaredOutput, refuseUnkeepable, revivedOutput } from "./kept-outcome.ts";
import { MemoryIdempotencyStore } from "./memory-stores.ts";
import { type Call, callOf, Policy } from "./policy.ts";

/** @internal */
export const IDEMPOTENCY_CHECKS = {
  store: having("claim", "complete", "release"),
  ttlMs: positiveMs,
  clock: aClock,
};

/** @internal What is published has outcomes apart from what is handled under the same key. */
export const PUBLISHED: readonly string[] = ["published"];

const DAY_MS = 86_400_000;

interface Running {
  readonly fingerprint: string;
  readonly outcome: PromiseLike<unknown>;
}

/**
 * Runs calls with one idempotency key once: whoever comes later gets the first one's outcome. A key counts within the
 * event's name and its principal. Callers that come while the first one runs share its failure too; after a failure,
 * the next one runs anew. Events without a key pass.
 *
 * @see IETF draft-ietf-httpapi-idempotency-key-header.
 * @example
 * const host = new ModuleHost({ idempotency: { ttlMs: 3_600_000 } });
 * await host.send(new Charge({ amount: 10 }, { idempotencyKey: "order-42" }));
 */
export class Idempotency extends Policy implements PolicyObject<"idempotency"> {
  readonly kind = "idempotency";
  private readonly keys: IdempotencyStore;
  /** Whether outcomes are kept outside of the process, as JSON. */
  private readonly leavesProcess: boolean;
  private readonly ttlMs: number;
  private readonly running = new Map<string, Running>();

  /** @throws {ConfigurationError} naming each option that is wrong. */
  constructor(options: IdempotencyOptions = {}) {
    super();
    checkOptions(options, IDEMPOTENCY_CHECKS, "Idempotency");
    this.keys = options.store ?? new MemoryIdempotencyStore(options.clock ?? systemClock);
    this.leavesProcess = !(this.keys instanceof MemoryIdempotencyStore);
    this.ttlMs = options.ttlMs ?? DAY_MS;
  }

  /**
   * @param scope - Where several are given one event, and each has an outcome of its own: whose this is.
   * @throws {ConfigurationError} if a store outside of the process could not give the event's output back.
   * @throws {IdempotencyKeyReusedError} if the key came with another input before.
   * @throws {IdempotencyKeyInUseError} if another process handles it now.
   * @throws the signal's reason if it aborted while the store was waited for.
   */
  run<T>(
    fn: (call: Call) => T | PromiseLike<T>,
    call: Call,
    scope: readonly string[] = [],
  ): T | PromiseLike<T> {
    const { event } = call;
    if (event === undefined)
      throw new ConfigurationError("Idempotency: pass the event: execute(fn, { event })");
    if (event.idempotencyKey === undefined) return fn(call);
    if (this.leavesProcess) refuseUnkeepable(event);
    const key = JSON.stringify([
      event.name,
      existingMeta(event)?.principal?.sub ?? null,
      event.idempotencyKey,
      ...scope,
    ]);
    const fingerprint = fingerprintOf(givenInput(event));
    const isShared = this.keys.isTentative?.() !== true;
    const running = isShared ? this.running.get(key) : undefined;
    if (running !== undefined) {
      if (running.fingerprint !== fingerprint) throw new IdempotencyKeyReusedError(event);
      return running.outcome as PromiseLike<T>;
    }
    const claim = this.keys.claim(key, fingerprint, this.ttlMs);
    const first = () => {
      // While the claim was waited for, whoever asked may have given up.
      if (isPending(claim)) call.signal?.throwIfAborted();
      return fn(call);
    };
    const outcome = chain(claim, (claim) =>
      this.follow(claim as IdempotencyClaim, event, key, fingerprint, first),
    );
    if (!isPending(outcome) || !isShared) return outcome as T | PromiseLike<T>;
    const shared = this.forgetting(key, outcome);
    this.running.set(key, { fingerprint, outcome: shared });
    return shared as PromiseLike<T>;
  }

  override get middleware(): Middleware {
    return (event, next, context) => {
      const answer = () => chain(next(), () => (event.handled ? event.output : SKIP));
      const scope = context.published ? PUBLISHED : [];
      return chain(this.run(answer, callOf(event, context), scope), (output) => {
        event.handled = output !== SKIP;
        event.output = event.handled ? output : undefined;
      });
    };
  }

  private follow(
    claim: IdempotencyClaim,
    event: AnyEvent,
    key: string,
    fingerprint: string,
    first: () => unknown,
  ): unknown {
    if (claim.status !== "claimed") {
      if (claim.fingerprint !== fingerprint) throw new IdempotencyKeyReusedError(event);
      if (claim.status === "running") throw new IdempotencyKeyInUseError(event);
      return revivedOutput(event, claim.output);
    }
    const failed = (error: unknown) => {
      const rethrow = () => {
        throw error;
      };
      // A store that fails, too, must not hide why the call did.
      return chain(
        rescue(() => this.keys.release(key), rethrow),
        rethrow,
      );
    };
    const succeeded = (output: unknown) =>
      // That nobody handled it is no outcome to be kept: a module that would may come yet.
      chain(output === SKIP ? this.keys.release(key) : this.keep(key, event, output), () => output);
    let output: unknown;
    try {
      output = first();
    } catch (error) {
      return failed(error);
    }
    return isPending(output) ? output.then(succeeded, failed) : succeeded(output);
  }

  private keep(key: string, event: AnyEvent, output: unknown): unknown {
    return this.keys.complete(key, this.leavesProcess ? declaredOutput(event, output) : output);
  }

  private forgetting(key: string, outcome: PromiseLike<unknown>): PromiseLike<unknown> {
    return outcome.then(
      (value) => {
        this.running.delete(key);
        return value;
      },
      (error) => {
        this.running.delete(key);
        throw error;
      },
    );
  }
}

/** The same for inputs that are the same as JSON, in whatever order their fields come; says nothing of what they are. */
function fingerprintOf(input: unknown): string {
  return digest(JSON.stringify(input, inOrder) ?? "");
}

function inOrder(this: unknown, key: string, value: unknown): unknown {
  if (value instanceof Map || value instanceof Set) return [...value];
  const carried = asTraveller.call(this, key, value);
  if (typeof carried !== "object" || carried === null || Array.isArray(carried)) return carried;
  return Object.fromEntries(Object.entries(carried).sort(([a], [b]) => (a < b ? -1 : 1)));
}

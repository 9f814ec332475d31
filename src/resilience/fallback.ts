import { anything, boolean, callable, checkOptions } from "../core/check-options.ts";
import type { Middleware } from "../core/context.ts";
import { BulkheadFullError, CircuitBreakerOpenError, ConfigurationError } from "../core/errors.ts";
import type { AnyEvent } from "../core/event.ts";
import { isFault } from "../core/fault.ts";
import type { Logger } from "../core/logger.ts";
import { chain, rescue } from "../core/pipeline.ts";
import type { FallbackOptions, PolicyObject } from "../core/policies.ts";
import { type Call, Policy } from "./policy.ts";

/** @internal */
export const FALLBACK_CHECKS = {
  defaultValue: anything,
  handler: callable,
  logErrors: boolean,
  handles: callable,
};

/** Gets what a fallback stands in for, where no host's logger does. */
const consoleLogger: Pick<Logger, "warn"> = {
  warn: (fields: unknown, message?: string) => console.warn(message, fields),
};

const isFailureOrRefusal = (error: unknown) =>
  isFault(error) || error instanceof CircuitBreakerOpenError || error instanceof BulkheadFullError;

/**
 * Answers in place of what failed. It stands in for faults, open circuits and full bulkheads; what is an answer (a
 * declared error, a 404, invalid input) passes.
 *
 * @example
 * const fallback = new Fallback({ defaultValue: { status: "unavailable" } });
 * const user = await fallback.execute(() => fetchUser(id));
 */
export class Fallback extends Policy implements PolicyObject<"fallback"> {
  readonly kind = "fallback";
  private readonly options: FallbackOptions;
  private readonly handles: (error: unknown) => boolean;

  /** @throws {ConfigurationError} naming each option that is wrong, or that there is no answer, or two. */
  constructor(options: FallbackOptions) {
    super();
    checkOptions(options, FALLBACK_CHECKS, "Fallback");
    if (Object.hasOwn(options, "defaultValue") === (options.handler !== undefined)) {
      throw new ConfigurationError("Fallback: needs either defaultValue or handler");
    }
    this.options = options;
    this.handles = options.handles ?? isFailureOrRefusal;
  }

  /** What is answered instead of `error`, or a promise of it; throws `error` where it does not stand in for it. */
  answer(error: unknown, event: AnyEvent | undefined, logger = consoleLogger): unknown {
    if (!this.handles(error)) throw error;
    const { defaultValue, handler, logErrors = true } = this.options;
    if (logErrors) {
      const subject = event === undefined ? "a call" : `"${event.name}"`;
      logger.warn({ err: error, event: event?.name }, `${subject} failed and was answered by its fallback`);
    }
    return handler === undefined ? defaultValue : handler(error, event);
  }

  run<T>(fn: (call: Call) => T | PromiseLike<T>, call: Call): T | PromiseLike<T> {
    return rescue(
      () => fn(call),
      (error) => this.answer(error, call.event),
    ) as T | PromiseLike<T>;
  }

  override get middleware(): Middleware {
    return (event, next, { log }) =>
      rescue(next, (error) =>
        chain(this.answer(error, event, log), (output) => {
          event.output = output;
          event.handled = true;
        }),
      );
  }
}

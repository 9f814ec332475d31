import type { Middleware, MiddlewareContext } from "../core/context.ts";
import { type AnyEvent, contractOf } from "../core/event.ts";

/** What a policy knows of a call. */
export interface Call {
  readonly event?: AnyEvent | undefined;
  /** Ends waits when it aborts. */
  readonly signal?: AbortSignal | undefined;
}

const NO_CALL: Call = Object.freeze({});

/**
 * Something that stands around calls. It waits only where it has to: `run` gives the function's value at once where
 * nobody waits, a promise of it elsewhere, so that one path serves sync and async.
 */
export abstract class Policy {
  abstract readonly kind: string;

  /** Calls `fn` under this policy; what `fn` or the policy throws, now or later, is thrown on. */
  abstract run<T>(fn: (call: Call) => T | PromiseLike<T>, call: Call): T | PromiseLike<T>;

  /**
   * Calls `fn` under this policy and resolves to what it gives.
   *
   * @throws what `fn` throws, or the policy's own error; the signal's reason if it aborts a wait.
   */
  execute<T>(fn: (call: Call) => T | PromiseLike<T>, call: Call = NO_CALL): Promise<T> {
    try {
      const value = this.run(fn, call);
      return value instanceof Promise ? value : (Promise.resolve(value) as Promise<T>);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** `fn`, with each of its calls under this policy. An event that is its first argument is the call's event. */
  wrap<Args extends unknown[], T>(fn: (...args: Args) => T | PromiseLike<T>): (...args: Args) => Promise<T> {
    const policy = this;
    return function wrapped(this: unknown, ...args: Args) {
      return policy.execute(() => fn.apply(this, args), callWith(args[0]));
    };
  }

  /** This policy around everything that comes after it in a host: `host.use(policy.middleware)`. */
  get middleware(): Middleware {
    return (event, next, context) => this.run(() => next(), callOf(event, context));
  }
}

function callWith(argument: unknown): Call {
  const event = argument as AnyEvent;
  return contractOf(event) === undefined ? NO_CALL : { event };
}

/** The call that a middleware stands around. Its signal is made only for who reads it. */
export function callOf(event: AnyEvent, context: MiddlewareContext): Call {
  return {
    event,
    get signal() {
      return context.signal;
    },
  };
}

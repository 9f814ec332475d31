import { DeclaredError } from "../core/errors.ts";
import type { AnyEvent } from "../core/event.ts";
import { NetworkError, RemoteError } from "./errors.ts";
import type { Settings } from "./settings.ts";

/** What of a RetryPolicy a client uses. */
export interface Retries {
  execute<T>(fn: () => Promise<T>, call: RepeatedCall): Promise<T>;
}

interface RepeatedCall {
  readonly event: AnyEvent;
  readonly signal: AbortSignal;
}

/**
 * The policy that was given, or one of the options. The class is loaded only for options: who gives none, or has the
 * class already, does not pay for it a second time.
 */
export async function retriesFrom({ retryPolicy, clock }: Settings): Promise<Retries | undefined> {
  if (retryPolicy === undefined) return undefined;
  if ("kind" in retryPolicy) return retryPolicy as unknown as Retries;
  const { RetryPolicy } = await import("../resilience/retry-policy.ts");
  return new RetryPolicy({ ...(clock && { clock }), ...retryPolicy });
}

/**
 * Repeats `attempt` where it failed on its way: in the network, or at a server that is overloaded or not there. The
 * policy is shown the answer itself and not the error that it stands for, because that one may be a refusal, which is
 * no fault to a policy.
 */
export async function repeating<T>(
  retries: Retries,
  attempt: () => Promise<T>,
  call: RepeatedCall,
): Promise<T> {
  let last: { readonly error: unknown; readonly passing: Error | undefined } | undefined;
  const once = async () => {
    last = undefined;
    try {
      return await attempt();
    } catch (error) {
      last = { error, passing: passingFault(error) };
      if (last.passing !== undefined) throw last.passing;
      return undefined;
    }
  };
  const value = await retries.execute(once, call).catch((error) => {
    throw error === last?.passing ? last?.error : error;
  });
  if (last !== undefined) throw last.error;
  return value as T;
}

/** Too many requests, a bad gateway, out of service, a gateway's time limit. */
const PASSING_STATUS = [429, 502, 503, 504];

/** What made a call fail on its way; undefined for answers, however unwelcome. */
function passingFault(error: unknown): Error | undefined {
  if (error instanceof NetworkError) return error;
  const answer = error instanceof RemoteError ? error : (error as Error | undefined)?.cause;
  const isPassing = answer instanceof RemoteError && PASSING_STATUS.includes(answer.status);
  return isPassing && !(error instanceof DeclaredError) ? answer : undefined;
}

import type { Clock } from "../core/clock.ts";
import { messageOf } from "../core/errors.ts";
import { type HealthStatus, isHealthStatus } from "./status.ts";

/** What a check says: whether, how, or how and why. Nothing at all means that it ran, and so that all is well. */
export type CheckAnswer =
  | boolean
  | HealthStatus
  | undefined
  | {
      readonly status: boolean | HealthStatus;
      readonly message?: string;
      /** What is wrong, for logs: it is in no JSON, and not shown over HTTP. */
      readonly error?: unknown;
    };

// biome-ignore lint/suspicious/noConfusingVoidType: a check that only throws when something is wrong returns nothing.
type Answer = CheckAnswer | void;

/** Finds out how something is; its signal aborts when its time is up. */
export type CheckFunction = (context: { readonly signal: AbortSignal }) => Answer | Promise<Answer>;

/** When a check counts, and for how much. */
export interface CheckOptions {
  /** Whether it says if the process has to be restarted. @default false */
  readonly liveness?: boolean;
  /** Whether it says if the process can serve. @default true */
  readonly readiness?: boolean;
  /** Its time limit, in ms. @default 5_000 */
  readonly timeoutMs?: number;
  /** Whether its failure makes the whole unhealthy; else degraded. @default true */
  readonly critical?: boolean;
}

/** What became of one check. */
export interface CheckReport {
  readonly status: HealthStatus;
  readonly message?: string;
  readonly durationMs: number;
  /** What was thrown or answered as what is wrong. For logs: it is in no JSON, and not shown over HTTP. */
  readonly error?: unknown;
}

/** Runs one check in its time. It never throws: whatever a check does is a report. */
export async function runCheck(
  check: CheckFunction,
  { timeoutMs, critical }: Required<Pick<CheckOptions, "timeoutMs" | "critical">>,
  clock: Clock,
): Promise<CheckReport> {
  const startedAt = clock.now();
  const controller = new AbortController();
  let cancel = () => {};
  const late = new Promise<Outcome>((resolve) => {
    cancel = clock.schedule(timeoutMs, () => {
      resolve({ answer: { status: false, message: `took longer than ${timeoutMs} ms` } });
      controller.abort(new Error(`the health check took longer than ${timeoutMs} ms`));
    });
  });
  const { answer, ...thrown } = await Promise.race([outcomeOf(check, controller.signal), late]);
  cancel();
  const { status, ...told } = judged(answer);
  return {
    status: status === "unhealthy" && !critical ? "degraded" : status,
    ...told,
    durationMs: clock.now() - startedAt,
    ...thrown,
  };
}

interface Outcome {
  readonly answer: Answer;
  readonly error?: unknown;
}

async function outcomeOf(check: CheckFunction, signal: AbortSignal): Promise<Outcome> {
  try {
    return { answer: await check({ signal }) };
  } catch (error) {
    return { answer: { status: false, message: messageOf(error) }, error };
  }
}

function judged(answer: unknown): Omit<CheckReport, "durationMs"> {
  if (answer === undefined || answer === true) return { status: "healthy" };
  if (answer === false) return { status: "unhealthy" };
  if (isHealthStatus(answer)) return { status: answer };
  if (typeof answer === "object" && answer !== null && "status" in answer) {
    const { status, message, error } = answer as { readonly [field: string]: unknown };
    if (typeof status === "boolean" || isHealthStatus(status)) {
      return {
        ...judged(status),
        ...(typeof message === "string" && { message }),
        ...(error !== undefined && { error }),
      };
    }
  }
  return {
    status: "unhealthy",
    message: `the check answered with neither a boolean nor a status, but ${typeof answer}`,
  };
}

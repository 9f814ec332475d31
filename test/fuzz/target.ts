import type { AnyEventClass } from "tsmodules";

/** A route of the application that is fuzzed, with a request that it answers. */
export interface Target {
  readonly method: string;
  /** With parameters in braces. */
  readonly path: string;
  /** Undefined for what the framework serves by itself. */
  readonly event: AnyEventClass | undefined;
  readonly example: Example;
  /** The statuses from 500 that it is designed to answer with. */
  readonly designed: readonly number[];
}

/** The parts of a valid request, as they are written. */
export interface Example {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: readonly (readonly [string, string])[];
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body?: unknown;
}

export function target(
  route: `${string} /${string}`,
  event?: AnyEventClass,
  example: Example = {},
  designed: readonly number[] = [],
): Target {
  const [method = "", path = ""] = route.split(" ");
  return { method, path, event, example, designed };
}

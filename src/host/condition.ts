import type { Loading } from "./loading.ts";
import type { PolicySet } from "./policy-set.ts";
import type { Registry } from "./registry.ts";

/** How a host is: what health checks judge. */
export interface HostCondition {
  /** Whether `close` has begun. */
  readonly closing: boolean;
  /** Whether a module's `onLoad` has not ended yet. */
  readonly loading: boolean;
  /** The modules that failed to load and were not registered again. */
  readonly failedModules: readonly { readonly name: string; readonly message: string }[];
  /** What is protected by an open circuit: modules, and handlers as `module: event`. */
  readonly openCircuits: readonly string[];
  /** The host's dead-letter queue, where it has one. */
  readonly deadLetters: { readonly size: number; readonly maxSize: number } | undefined;
}

export function conditionOf(
  closing: boolean,
  loading: Loading,
  registry: Registry,
  { deadLetterQueue }: PolicySet,
): HostCondition {
  return {
    closing,
    loading: loading.pending !== undefined,
    failedModules: loading.failures.map(({ moduleName, message }) => ({ name: moduleName, message })),
    openCircuits: registry.modules.flatMap(({ circuitBreakers }) =>
      [...circuitBreakers].filter(([, { state }]) => state === "open").map(([name]) => name),
    ),
    deadLetters: deadLetterQueue
      ? { size: deadLetterQueue.size, maxSize: deadLetterQueue.maxSize }
      : undefined,
  };
}

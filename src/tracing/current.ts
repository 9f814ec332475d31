import type { AsyncLocalStorage } from "node:async_hooks";
import type { Span } from "./span.ts";

type Storage = Pick<AsyncLocalStorage<Span>, "getStore" | "run">;

/** Where there is no AsyncLocalStorage (a browser), nothing is current. */
const NO_STORAGE: Storage = {
  getStore: () => undefined,
  run: (_span: Span, fn: (...args: never[]) => unknown, ...args: unknown[]) => fn(...(args as never[])),
} as Storage;

let storage: Storage | undefined;

/** Made when something is traced for the first time. */
function spans(): Storage {
  if (storage === undefined) {
    const { AsyncLocalStorage } = globalThis.process?.getBuiltinModule?.("node:async_hooks") ?? {};
    storage = AsyncLocalStorage === undefined ? NO_STORAGE : new AsyncLocalStorage<Span>();
  }
  return storage;
}

/** The span that the running code is in. */
export function currentSpan(): Span | undefined {
  return storage?.getStore();
}

/** Calls `fn` with `argument`, and makes `span` current for it and everything that it begins. */
export function runIn<A, T>(span: Span, fn: (argument: A) => T, argument: A): T {
  return spans().run(span, fn, argument);
}

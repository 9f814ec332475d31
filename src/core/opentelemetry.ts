import type * as Api from "@opentelemetry/api";
import { optionalPackage } from "./optional-package.ts";

/** Where the OpenTelemetry API keeps what an SDK registered; each of its copies of one major version looks there. */
const GLOBALS = Symbol.for("opentelemetry.js.api.1");

let api: typeof Api | undefined;

/**
 * The OpenTelemetry API, if an SDK has registered a provider of `kind`. Without one it is not even loaded, which
 * takes 13 ms.
 */
export function openTelemetry(kind: "trace" | "metrics"): typeof Api | undefined {
  const registered = (globalThis as { [GLOBALS]?: Readonly<Record<string, unknown>> })[GLOBALS];
  if (registered?.[kind] === undefined) return undefined;
  api ??= optionalPackage<typeof Api>("@opentelemetry/api");
  return api;
}

import type { HttpOptions } from "../core/contract.ts";
import { ConfigurationError } from "../core/errors.ts";
import type { AnyEventClass } from "../core/event.ts";
import { refuseNoEventClass } from "./event-class.ts";
import { checkHttpOptions } from "./http-options.ts";

/** What classes say beside their contracts, which they share with their parents and children. */
const exposures = new WeakMap<object, HttpOptions | false>();

/**
 * Says how a class is exposed over HTTP, as `http` does on its contract: option by option it comes before that and
 * before what a parent class says, and it counts for the class's own children. A standard class decorator, and a
 * function for those who do not compile.
 *
 * @throws {ConfigurationError} naming the option that is unknown or wrong.
 * @example
 * class Greet extends defineEvent("greet") {}
 * apiEndpoint({ method: "PUT", path: "/greeting" })(Greet);
 */
export function apiEndpoint(options: HttpOptions = {}) {
  return <C extends AnyEventClass>(event: C, _context?: unknown): C => {
    refuseNoEventClass(event, "apiEndpoint");
    checkHttpOptions(event.contract, options);
    exposures.set(event, { ...httpOptionsOf(event), ...options });
    return event;
  };
}

/**
 * Keeps a class from being exposed over HTTP, as `http: false` does on its contract. A standard class decorator, and a
 * function for those who do not compile.
 */
export function excludeFromApi<C extends AnyEventClass>(event: C, _context?: unknown): C {
  refuseNoEventClass(event, "excludeFromApi");
  exposures.set(event, false);
  return event;
}

/** What the nearest says: the class, one that it extends, or its contract. */
export function exposureOf(event: AnyEventClass): HttpOptions | boolean | undefined {
  for (let each: unknown = event; typeof each === "function"; each = Object.getPrototypeOf(each)) {
    const exposure = exposures.get(each);
    if (exposure !== undefined) return exposure;
  }
  return event.contract.http;
}

/** The same as options; whoever has none is exposed by convention. */
export function httpOptionsOf(event: AnyEventClass): HttpOptions {
  const exposure = exposureOf(event);
  if (typeof exposure === "object" && exposure !== null) return exposure;
  if (exposure === undefined || typeof exposure === "boolean") return {};
  throw new ConfigurationError(
    `http of "${event.eventName}" must be true, false or an object of options, not ${JSON.stringify(exposure)}`,
  );
}

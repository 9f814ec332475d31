import type { StandardSchema } from "./standard-schema.ts";

/** How an event is exposed over HTTP, where its name's convention does not say it already. */
export interface HttpOptions {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** The route with its parameters in braces: `/users/{userId}`. */
  readonly path?: string;
  readonly tags?: readonly string[];
  readonly summary?: string;
  readonly deprecated?: boolean;
  /** Reachable without a principal on an application that authenticates. */
  readonly public?: boolean;
  /** HTTP status by declared error code. @default 422 for each */
  readonly errorStatus?: Readonly<Record<string, number>>;
  /** Input fields that come from the query string. */
  readonly query?: readonly string[];
  /** Input fields that come from a request header, by the header's name. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * What both sides of an event agree on. A frozen value, shared by an event class and its subclasses; hosts route by
 * its identity.
 */
export interface Contract {
  readonly name: string;
  readonly description?: string;
  readonly input?: StandardSchema<unknown>;
  readonly output?: StandardSchema<unknown>;
  /** Failures that callers are meant to handle: the schema of each code's data. */
  readonly errors: Readonly<Record<string, StandardSchema<unknown>>>;
  /** What a principal must be allowed to do; all of them are needed. */
  readonly permissions: readonly string[];
  /** Time limit of one attempt, in ms. */
  readonly timeoutMs?: number;
  /** Handling it twice has the effect of handling it once. */
  readonly idempotent: boolean;
  /** `output` is the item of an `AsyncIterable`. */
  readonly stream: boolean;
  /** `publish` stores it first and delivers it at least once. */
  readonly durable: boolean;
  /** `true` by convention, `false` never, undefined only where it is asked for by name. */
  readonly http?: HttpOptions | boolean;
}

import { type Clock, MAX_DELAY_MS } from "../core/clock.ts";
import { ConfigurationError } from "../core/errors.ts";
import type { PolicyObject, RetryPolicyOptions } from "../core/policies.ts";

/** What a client is made with. */
export interface ClientOptions {
  /** Where the router is mounted, with its prefix: `https://example.org/api/v1`; on a page also `/api/v1`. */
  readonly url: string | URL;
  /** Says who asks. A function is asked before each request, and may say that nobody does. */
  readonly token?: string | (() => string | undefined | Promise<string | undefined>);
  /** What stands before the token. @default "Bearer" */
  readonly scheme?: string;
  /** Sent with each request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Makes the requests. @default the global one */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /**
   * How calls are repeated that failed on their way, of events that are `idempotent` or have an idempotency key.
   * `retryable` is asked of `NetworkError`s and `RemoteError`s. @default none are
   */
  readonly retryPolicy?: RetryPolicyOptions | PolicyObject<"retryPolicy">;
  /** Time limit of calls without one of their own, retries included, in ms. A stream has to begin by then. @default none */
  readonly timeoutMs?: number;
  readonly clock?: Clock;
}

/** Options that have been checked, and defaults. */
export interface Settings extends Omit<ClientOptions, "url" | "headers"> {
  /** Without a slash at its end. */
  readonly url: string;
  readonly scheme: string;
  readonly headers: Headers;
  readonly timers: Timers;
}

/** The part of a clock that limits calls. */
export type Timers = Pick<Clock, "schedule">;

/** The system's clock without what only hosts need of it. */
const systemTimers: Timers = {
  schedule(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

/**
 * Checks by hand, because a page pays for every byte. Of what is wrong no value is shown: some are secret.
 *
 * @throws {ConfigurationError} naming the option that is unknown or wrong.
 */
export function settingsFrom(options: ClientOptions): Settings {
  for (const [name, value] of Object.entries(options)) {
    const expected = Object.hasOwn(TYPES, name) ? TYPES[name as keyof ClientOptions] : undefined;
    if (expected === undefined) throw new ConfigurationError(`createClient: there is no option ${name}`);
    // Each says its types by the names that `typeof` has for them.
    if (value === undefined || expected.includes(typeof value)) continue;
    throw wrong(name, `${expected}, and is of type ${typeof value}`);
  }
  checkTimeLimit(options.timeoutMs);
  const { scheme = "Bearer", clock: timers = systemTimers } = options;
  if (!/^[!-~]+$/.test(scheme)) throw wrong("scheme", "one word");
  return { ...options, scheme, timers, url: baseOf(options.url), headers: headersOf(options.headers) };
}

const TYPES: Readonly<Record<keyof ClientOptions, string>> = {
  url: "a string or a URL object",
  token: "a string or a function",
  scheme: "a string",
  headers: "an object",
  fetch: "a function",
  retryPolicy: "an object",
  timeoutMs: "a number",
  clock: "an object",
};

function wrong(option: string, expected: string): ConfigurationError {
  return new ConfigurationError(`createClient: ${option} must be ${expected}`);
}

/** @throws {ConfigurationError} unless a timer takes it. */
export function checkTimeLimit(timeoutMs: number | undefined): void {
  if (timeoutMs === undefined || (timeoutMs > 0 && timeoutMs <= MAX_DELAY_MS)) return;
  throw new ConfigurationError(`timeoutMs must be above 0 and up to ${MAX_DELAY_MS}, not ${timeoutMs}`);
}

/** Without a slash at its end. */
function baseOf(url: string | URL): string {
  try {
    const page = String(url).startsWith("/") ? (globalThis as { location?: URL }).location?.href : undefined;
    const { protocol, origin, pathname, href } = new URL(url, page);
    if (/^https?:$/.test(protocol) && href === origin + pathname) return href.replace(/\/+$/, "");
  } catch {
    // It is no URL at all.
  }
  throw wrong("url", "an HTTP URL without user, query, fragment");
}

function headersOf(headers: ClientOptions["headers"]): Headers {
  try {
    return new Headers(headers);
  } catch {
    // What fetch says would show the value.
    throw wrong("headers", "what HTTP can carry");
  }
}

import type { Contract } from "./contract.ts";
import type { AnyEvent } from "./event.ts";
import type { AnyModule } from "./module.ts";
import type { Issue } from "./standard-schema.ts";

/** The root of every error that TSModules throws. Switch on `code`, which is stable. */
export abstract class TSModulesError extends Error {
  abstract readonly code: string;
}

/** An error of one event in particular. */
export abstract class EventError<Ev extends AnyEvent | undefined = AnyEvent> extends TSModulesError {
  // Not a field: whoever logs an error's own fields would log the event's input with it.
  readonly #event: Ev;

  constructor(event: Ev, message: string, options?: ErrorOptions) {
    super(message, options);
    this.#event = event;
  }

  get event(): Ev {
    return this.#event;
  }
}

/** A policy would not let a call through; nothing was tried. `event` is undefined for calls without one. */
export abstract class RefusalError extends EventError<AnyEvent | undefined> {}

/** An option, a variable or a contract is not what it has to be; nothing was started. */
export class ConfigurationError extends TSModulesError {
  override readonly name = "ConfigurationError";
  readonly code = "CONFIGURATION";
  /** Everything that is wrong, not only the first thing. */
  readonly problems: readonly string[];

  constructor(problems: string | readonly string[]) {
    const list = typeof problems === "string" ? [problems] : problems;
    super(
      list.length === 1
        ? list[0]
        : `${list.length} problems:\n${list.map((problem) => `- ${problem}`).join("\n")}`,
    );
    this.problems = list;
  }
}

/** The input of an event does not match its contract. */
export class EventValidationError extends TSModulesError {
  override readonly name = "EventValidationError";
  readonly code = "EVENT_VALIDATION";
  readonly eventName: string;
  readonly issues: readonly Issue[];

  constructor(eventName: string, issues: readonly Issue[]) {
    super(`input of "${eventName}" is invalid: ${describeIssues(issues)}`);
    this.eventName = eventName;
    this.issues = issues;
  }
}

/** A handler answered with something that its event's output schema refuses. */
export class OutputValidationError extends EventError {
  override readonly name = "OutputValidationError";
  readonly code = "OUTPUT_VALIDATION";
  readonly issues: readonly Issue[];

  constructor(event: AnyEvent, issues: readonly Issue[]) {
    super(event, `output of "${event.name}" is invalid: ${describeIssues(issues)}`);
    this.issues = issues;
  }
}

/** `send` needs an answer, and no module gave one. */
export class UnhandledEventError extends EventError {
  override readonly name = "UnhandledEventError";
  readonly code = "UNHANDLED_EVENT";

  constructor(event: AnyEvent, hint = "") {
    super(event, `no module handled "${event.name}"${hint}`);
  }
}

/** A handler threw. What it threw is the `cause`. */
export class EventHandlingError extends EventError {
  override readonly name = "EventHandlingError";
  readonly code = "EVENT_HANDLING";
  readonly #module: AnyModule;

  constructor(event: AnyEvent, module: AnyModule, cause: unknown) {
    super(event, `module "${module.metadata.name}" failed to handle "${event.name}": ${messageOf(cause)}`, {
      cause,
    });
    this.#module = module;
  }

  get module(): AnyModule {
    return this.#module;
  }

  /** The same as `cause`. */
  get originalError(): unknown {
    return this.cause;
  }
}

/** A module could not be registered and was taken out again. */
export class ModuleRegistrationError extends TSModulesError {
  override readonly name = "ModuleRegistrationError";
  readonly code = "MODULE_REGISTRATION";
  readonly moduleName: string;

  constructor(moduleName: string, reason: string, cause?: unknown) {
    super(`module "${moduleName}" was not registered: ${reason}`, { cause });
    this.moduleName = moduleName;
  }
}

/** `handleSync` met a handler, a policy or a host that has to wait. */
export class AsyncHandlerError extends EventError {
  override readonly name = "AsyncHandlerError";
  readonly code = "ASYNC_HANDLER";

  constructor(event: AnyEvent, waiting: string) {
    super(
      event,
      `"${event.name}" cannot be handled synchronously, because ${waiting}; use handle() or send()`,
    );
  }
}

/** A time limit passed: of one attempt, or of the whole dispatch. `event` is undefined for calls without one. */
export class EventTimeoutError extends EventError<AnyEvent | undefined> {
  override readonly name = "EventTimeoutError";
  readonly code = "EVENT_TIMEOUT";
  readonly timeoutMs: number;

  constructor(event: AnyEvent | undefined, timeoutMs: number) {
    super(event, `${nameOf(event)} took longer than ${timeoutMs} ms`);
    this.timeoutMs = timeoutMs;
  }
}

/** More calls came than a rate limiter admits. */
export class RateLimitExceededError extends RefusalError {
  override readonly name = "RateLimitExceededError";
  readonly code = "RATE_LIMIT_EXCEEDED";
  /** When the call would be admitted, in ms from now; undefined if never. */
  readonly retryAfterMs: number | undefined;

  constructor(event: AnyEvent | undefined, retryAfterMs: number | undefined) {
    const advice =
      retryAfterMs === undefined ? "it asks for more than the burst" : `try again in ${retryAfterMs} ms`;
    super(event, `${nameOf(event)} exceeds its rate limit: ${advice}`);
    this.retryAfterMs = retryAfterMs;
  }
}

/** A circuit is open, because what is behind it kept failing. */
export class CircuitBreakerOpenError extends RefusalError {
  override readonly name = "CircuitBreakerOpenError";
  readonly code = "CIRCUIT_BREAKER_OPEN";
  /** When the next call may be let through, in ms from now. */
  readonly retryAfterMs: number;

  constructor(event: AnyEvent | undefined, retryAfterMs: number) {
    super(event, `the circuit of ${nameOf(event)} is open: try again in ${retryAfterMs} ms`);
    this.retryAfterMs = retryAfterMs;
  }
}

/** Every slot of a bulkhead is taken, and so is every place in its line. */
export class BulkheadFullError extends RefusalError {
  override readonly name = "BulkheadFullError";
  readonly code = "BULKHEAD_FULL";

  /** Without the numbers where they are not known: in the process of a remote caller. */
  constructor(event: AnyEvent | undefined, maxConcurrent?: number, maxQueue?: number) {
    const known = maxConcurrent === undefined ? "" : `: ${maxConcurrent} run and ${maxQueue} wait already`;
    super(event, `${nameOf(event)} found no place${known}`);
  }
}

/** An idempotency key came a second time, with another input. */
export class IdempotencyKeyReusedError extends RefusalError {
  override readonly name = "IdempotencyKeyReusedError";
  readonly code = "IDEMPOTENCY_KEY_REUSED";

  constructor(event: AnyEvent) {
    super(event, `the idempotency key of ${nameOf(event)} was used with another input before`);
  }
}

/** The event with this idempotency key is being handled in another process. */
export class IdempotencyKeyInUseError extends RefusalError {
  override readonly name = "IdempotencyKeyInUseError";
  readonly code = "IDEMPOTENCY_KEY_IN_USE";

  constructor(event: AnyEvent) {
    super(event, `${nameOf(event)} is being handled elsewhere under the same idempotency key`);
  }
}

/** The host is closing or closed and takes nothing any more. */
export class HostClosedError extends EventError {
  override readonly name = "HostClosedError";
  readonly code = "HOST_CLOSED";

  constructor(event: AnyEvent) {
    super(event, `"${event.name}" was not handled: the host is closed`);
  }
}

/**
 * A failure that an event's contract declares, made by a handler's `fail`. It reaches the caller as itself; narrow it
 * with the event class: `if (Greet.isError(error, "TOO_RUDE")) error.data.word`.
 */
export class DeclaredError<Code extends string = string, Data = unknown> extends EventError {
  override readonly name = "DeclaredError";
  readonly code: Code;
  readonly data: Data;

  constructor(event: AnyEvent, code: Code, data: Data) {
    super(event, `"${event.name}" failed with ${code}`);
    this.code = code;
    this.data = data;
  }
}

/** Codes that mean something to us, so that no contract and no application may give them another meaning. */
const RESERVED_CODES: ReadonlySet<string> = new Set([
  "CONFIGURATION",
  "EVENT_VALIDATION",
  "OUTPUT_VALIDATION",
  "UNHANDLED_EVENT",
  "EVENT_HANDLING",
  "MODULE_REGISTRATION",
  "ASYNC_HANDLER",
  "EVENT_TIMEOUT",
  "HOST_CLOSED",
  "RATE_LIMIT_EXCEEDED",
  "CIRCUIT_BREAKER_OPEN",
  "BULKHEAD_FULL",
  "IDEMPOTENCY_KEY_REUSED",
  "IDEMPOTENCY_KEY_IN_USE",
  "REMOTE",
  "NETWORK",
]);

/** @throws {ConfigurationError} if `code` is one that TSModules uses itself. */
export function refuseReservedCode(code: string, owner: string): void {
  if (RESERVED_CODES.has(code))
    throw new ConfigurationError(`${owner} may not use the code ${code}: TSModules does`);
}

/** @throws {ConfigurationError} if `contract` declares a failure under a code that TSModules uses itself. */
export function refuseReservedErrors(contract: Contract): void {
  for (const code of Object.keys(contract.errors)) refuseReservedCode(code, `event "${contract.name}"`);
}

/** The event's name in quotes, or what stands for a call without one. */
function nameOf(event: AnyEvent | undefined): string {
  return event === undefined ? "the call" : `"${event.name}"`;
}

/** `name: expected string; items.0: expected number`. */
function describeIssues(issues: readonly Issue[]): string {
  return issues
    .map(({ path, message }) => (path?.length ? `${pathOf(path)}: ${message}` : message))
    .join("; ");
}

function pathOf(path: NonNullable<Issue["path"]>): string {
  return path.map((part) => String(typeof part === "object" ? part.key : part)).join(".");
}

/** What a thrown value says, whatever was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

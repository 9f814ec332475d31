import type { Contract, HttpOptions } from "./contract.ts";
import { ConfigurationError, DeclaredError, EventValidationError, refuseReservedErrors } from "./errors.ts";
import type { StandardResult, StandardSchema } from "./standard-schema.ts";

/** Who is asking, as far as anybody found out. */
export interface Principal {
  /** The subject: a user, a service. */
  readonly sub: string;
  readonly permissions: readonly string[];
}

/** What travels beside an event's input. Extend it by declaration merging. */
export interface EventMeta {
  correlationId?: string;
  traceId?: string;
  parentSpanId?: string;
  principal?: Principal;
}

/** The second argument of an event's constructor. */
export interface EventOptions {
  readonly meta?: EventMeta;
  /** Two events with one key are one request. */
  readonly idempotencyKey?: string;
}

/** One request and, once it was handled, its answer: what every event has. */
export interface AnyEvent {
  /** A UUID, made when it is first read. */
  readonly id: string;
  readonly name: string;
  readonly input: unknown;
  output: unknown;
  handled: boolean;
  readonly meta: EventMeta;
  readonly idempotencyKey: string | undefined;
}

/** An instance of an event class with input `I`, output `O` and declared errors `E`. */
export interface EventOf<I, O, E = unknown> extends AnyEvent {
  readonly input: I;
  output: O | undefined;
  readonly "~output"?: O;
  readonly "~errors"?: E;
}

/** What `defineEvent` returns, to be extended: `class Greet extends defineEvent("greet", { ... }) {}`. */
export interface EventClass<Given, I, O, E> {
  /** @throws {EventValidationError} if the input does not match the contract. */
  new (...args: ConstructorArguments<Given>): EventOf<I, O, E>;
  readonly eventName: string;
  readonly contract: Contract;
  /** Like `new`, for schemas that can only validate asynchronously. */
  parse(...args: ConstructorArguments<Given>): Promise<EventOf<I, O, E>>;
  /** Whether `error` is the failure that this event's contract declares under `code`; narrows `data`. */
  isError<Code extends keyof E & string>(
    error: unknown,
    code: Code,
  ): error is DeclaredError<Code, SchemaOutput<E[Code]>>;
}

/** Any event class. */
export interface AnyEventClass {
  new (...args: never[]): AnyEvent;
  readonly eventName: string;
  readonly contract: Contract;
}

/** The input of an event class, as handlers get it. */
export type InputOf<C extends AnyEventClass> = InstanceType<C>["input"];

/** The output of an event class: what handlers return and `send` resolves to. */
export type OutputOf<C extends AnyEventClass> = NonNullable<InstanceType<C>["output"]>;

// biome-ignore lint/suspicious/noExplicitAny: the schema's own types are read by indexed access, the cheapest way there is.
type AnySchema = StandardSchema<any, any>;
type SchemaOutput<S> = S extends AnySchema ? NonNullable<S["~standard"]["types"]>["output"] : never;
type Empty = Record<never, never>;
type NoInput = StandardSchema<Empty, Empty>;
type NoOutput = StandardSchema<void, void>;
// biome-ignore lint/complexity/noBannedTypes: `{}` is assignable to `Given` exactly when no field is required.
type ConstructorArguments<Given> = {} extends Given
  ? [input?: Given, options?: EventOptions]
  : [input: Given, options?: EventOptions];

/** What an event is, besides its name. */
export interface EventDefinition<
  InputSchema extends AnySchema,
  OutputSchema extends AnySchema,
  Errors extends Record<string, AnySchema>,
  Stream extends boolean,
> {
  readonly description?: string;
  /** Any Standard Schema. Without one the input is kept as it comes. */
  readonly input?: InputSchema;
  /** Any Standard Schema. Without one the event is answered by returning nothing. */
  readonly output?: OutputSchema;
  readonly errors?: Errors;
  readonly permissions?: readonly string[];
  readonly timeoutMs?: number;
  readonly idempotent?: boolean;
  /** The answer is an `AsyncIterable` of `output`. */
  readonly stream?: Stream;
  readonly durable?: boolean;
  readonly http?: HttpOptions | boolean;
}

/**
 * Defines an event: a name and the contract behind it.
 *
 * @throws {ConfigurationError} if the name is empty or the contract cannot be kept.
 * @example
 * class Greet extends defineEvent("myapp.greet", {
 *   input: z.object({ name: z.string().default("World") }),
 *   output: z.object({ message: z.string() }),
 * }) {}
 */
export function defineEvent<
  InputSchema extends AnySchema = NoInput,
  OutputSchema extends AnySchema = NoOutput,
  Errors extends Record<string, AnySchema> = Empty,
  Stream extends boolean = false,
>(
  name: string,
  definition: EventDefinition<InputSchema, OutputSchema, Errors, Stream> = {},
): EventClass<
  NonNullable<InputSchema["~standard"]["types"]>["input"],
  NonNullable<InputSchema["~standard"]["types"]>["output"],
  Stream extends true
    ? AsyncIterable<NonNullable<OutputSchema["~standard"]["types"]>["output"]>
    : NonNullable<OutputSchema["~standard"]["types"]>["output"],
  Errors
> {
  return eventClass(contractFrom(name, definition)) as never;
}

function contractFrom(
  name: string,
  definition: EventDefinition<AnySchema, AnySchema, Record<string, AnySchema>, boolean>,
): Contract {
  if (typeof name !== "string" || name === "") {
    throw new ConfigurationError(`an event's name must be a non-empty string, not ${JSON.stringify(name)}`);
  }
  const contract = Object.freeze({
    ...definition,
    name,
    errors: definition.errors ?? {},
    permissions: definition.permissions ?? [],
    idempotent: definition.idempotent ?? false,
    stream: definition.stream ?? false,
    durable: definition.durable ?? false,
  });
  refuseReservedErrors(contract);
  return contract;
}

const CONTRACT = Symbol("contract");
const EXTRA = Symbol("extra");

/** What an event has only when somebody asks for it: nothing is made before. */
interface Extra {
  id?: string;
  meta?: EventMeta;
  idempotencyKey?: string;
}

/** The one shape of all events, so that every property access on the dispatch path sees the same hidden class. */
class EventInstance implements AnyEvent {
  declare readonly [CONTRACT]: Contract;
  readonly input: unknown;
  output: unknown;
  handled: boolean;
  [EXTRA]: Extra | undefined;

  constructor(input: unknown, options: EventOptions | undefined) {
    this.input = input;
    this.output = undefined;
    this.handled = false;
    this[EXTRA] = options === undefined ? undefined : extraFrom(options);
  }

  get name(): string {
    return this[CONTRACT].name;
  }

  get id(): string {
    const extra = extraOf(this);
    extra.id ??= crypto.randomUUID();
    return extra.id;
  }

  get meta(): EventMeta {
    const extra = extraOf(this);
    extra.meta ??= {};
    return extra.meta;
  }

  get idempotencyKey(): string | undefined {
    return this[EXTRA]?.idempotencyKey;
  }
}

function extraOf(event: EventInstance): Extra {
  event[EXTRA] ??= {};
  return event[EXTRA];
}

function extraFrom({ meta, idempotencyKey }: EventOptions): Extra {
  return { ...(meta && { meta: { ...meta } }), ...(idempotencyKey !== undefined && { idempotencyKey }) };
}

const NOTHING = Object.freeze({});

function eventClass(contract: Contract) {
  const validate = contract.input?.["~standard"].validate;
  const parseInput =
    validate === undefined
      ? (input: unknown) => (input === undefined ? NOTHING : input)
      : (input: unknown) => inputFrom(contract, validate(input === undefined ? {} : input));

  class Event extends EventInstance {
    static readonly contract = contract;
    static readonly eventName = contract.name;

    // An own constructor, although one could be inherited: V8 inlines it where it does not inline the default one.
    constructor(input?: unknown, options?: EventOptions) {
      super(parsed === undefined ? parseInput(input) : parsed.value, options);
    }

    static async parse(input?: unknown, options?: EventOptions): Promise<EventInstance> {
      if (validate === undefined) return new this(input, options);
      const value = valueOf(contract, await validate(input === undefined ? {} : input));
      parsed = { value };
      try {
        return new this(undefined, options);
      } finally {
        parsed = undefined;
      }
    }

    static isError(error: unknown, code: string): boolean {
      return error instanceof DeclaredError && error.code === code && contractOf(error.event) === contract;
    }
  }
  Object.defineProperty(Event.prototype, CONTRACT, { value: contract });
  return Event;
}

/** The input that `parse` has validated already, while it calls the constructor. */
let parsed: { readonly value: unknown } | undefined;

function inputFrom(
  contract: Contract,
  result: StandardResult<unknown> | Promise<StandardResult<unknown>>,
): unknown {
  if (!(result instanceof Promise)) return valueOf(contract, result);
  result.catch(() => {}); // Its outcome has no reader: the sentence below is the answer.
  throw new ConfigurationError(
    `the input schema of "${contract.name}" validates asynchronously: use its class's \`await parse(input)\` instead of \`new\``,
  );
}

function valueOf(contract: Contract, result: StandardResult<unknown>): unknown {
  if (result.issues !== undefined) throw new EventValidationError(contract.name, result.issues);
  return result.value;
}

/** The contract of an event, or undefined for anything that is none. */
export function contractOf(event: AnyEvent): Contract | undefined {
  return (event as EventInstance)[CONTRACT];
}

/** `event.meta` if somebody made it; reading `event.meta` itself would make it. */
export function existingMeta(event: AnyEvent): EventMeta | undefined {
  return (event as EventInstance)[EXTRA]?.meta;
}

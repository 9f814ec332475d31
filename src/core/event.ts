import type { Contract, HttpOptions } from "./contract.ts";
import { ConfigurationError, DeclaredError, EventValidationError, refuseReservedErrors } from "./errors.ts";
import type { ErrorData, ErrorSchemas, InferInput, InferOutput, Omittable, Schema } from "./infer.ts";
import type { Skip } from "./skip.ts";
import type { StandardResult, StandardSchema } from "./standard-schema.ts";

/** Who is asking, as far as anybody found out. */
export interface Principal {
  /** The subject: a user, a service. */
  readonly sub: string;
  readonly permissions: readonly string[];
  /** What else is known of them: a name, a tenant. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

/** What travels beside an event's input. Extend it by declaration merging. */
export interface EventMeta {
  correlationId?: string;
  traceId?: string;
  parentSpanId?: string;
  /** The caller's W3C trace context, from which the trace goes on. */
  traceparent?: string;
  tracestate?: string;
  principal?: Principal;
}

/** Knows what belongs into an event's meta, and is asked when somebody reads it. */
export interface MetaSource {
  fillMeta(meta: EventMeta): void;
  /** Of the span that the event's dispatch is. */
  readonly traceparent: string;
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

/** An event whose class is known. The members with a tilde exist for the compiler alone. */
export interface TypedEvent extends AnyEvent {
  readonly "~output": unknown;
  readonly "~errors": unknown;
  readonly "~answer": unknown;
}

/** An event with input `I`, output `O` and declared errors `E`, whose handlers return `Answer`. */
export interface EventOf<I, O, E = unknown, Answer = unknown> extends AnyEvent {
  readonly input: I;
  output: O | undefined;
  readonly "~output": O;
  readonly "~errors": E;
  readonly "~answer": Answer;
}

/** The class of the events `Ev`, as handlers are attached to it. */
export type EventConstructor<Ev extends AnyEvent = AnyEvent> = new (...args: never[]) => Ev;

/** What every event class has. */
export interface EventStatics {
  readonly eventName: string;
  readonly contract: Contract;
  /**
   * Like `new`, for schemas that can only validate asynchronously.
   *
   * @throws {EventValidationError} if the input does not match the contract.
   */
  parse<C extends EventConstructor>(this: C, ...args: ConstructorParameters<C>): Promise<InstanceType<C>>;
  /** Whether `error` is the failure that this event's contract declares under `code`; narrows its `data`. */
  isError<Ev extends TypedEvent, Code extends keyof Ev["~errors"] & string>(
    this: EventConstructor<Ev>,
    error: unknown,
    code: Code,
  ): error is DeclaredError<Code, ErrorData<Ev["~errors"], Code>>;
}

/** Any event class. */
export type AnyEventClass = EventConstructor & EventStatics;

/** What `defineEvent` returns, to be extended: `class Greet extends defineEvent("greet", { ... }) {}`. */
export interface EventClass<Given, I, O, E, Answer> extends EventStatics {
  /** @throws {EventValidationError} if the input does not match the contract. */
  new (input: Given | Omittable<Given>, options?: EventOptions): EventOf<I, O, E, Answer>;
}

/** The input of an event class, as handlers get it. */
export type InputOf<C extends EventConstructor> = InstanceType<C>["input"];

/** The output of an event class: what `send` resolves to. */
export type OutputOf<C extends EventConstructor<TypedEvent>> = InstanceType<C>["~output"];

/** What an event is, besides its name and its schemas. */
export interface EventSettings {
  readonly description?: string;
  /** What a principal must be allowed to do; all of them are needed. */
  readonly permissions?: readonly string[];
  /** Time limit of one attempt, in ms. */
  readonly timeoutMs?: number;
  /** Handling it twice has the effect of handling it once. @default false */
  readonly idempotent?: boolean;
  /** `publish` stores it first and delivers it at least once. @default false */
  readonly durable?: boolean;
  /** How it is exposed over HTTP; `true` by convention, `false` never. */
  readonly http?: HttpOptions | boolean;
}

/** What an event is, besides its name. */
export interface EventDefinition<InputSchema, OutputSchema, Errors, Stream> extends EventSettings {
  /** Any Standard Schema. Without one the input is kept as it comes. */
  readonly input?: InputSchema;
  /** Any Standard Schema. Without one the event is answered by returning nothing. */
  readonly output?: OutputSchema;
  /** Failures that callers are meant to handle: the schema of each code's data. */
  readonly errors?: Errors;
  /** The answer is an `AsyncIterable` of `output`. @default false */
  readonly stream?: Stream;
}

interface NoInput {
  readonly "~standard": { readonly types?: { readonly input: NoFields; readonly output: NoFields } };
}
interface NoOutput {
  readonly "~nothing": true;
  readonly "~standard": { readonly types?: { readonly input: undefined; readonly output: undefined } };
}
type NoFields = Record<never, never>;
type Output<OutputSchema extends Schema, Stream> = Stream extends true
  ? AsyncIterable<InferOutput<OutputSchema>>
  : InferOutput<OutputSchema>;
/** A contract without output takes whatever its handlers return. */
type Answer<OutputSchema extends Schema, O> = "~nothing" extends keyof OutputSchema
  ? unknown
  : O | Skip | Promise<O | Skip>;

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
  InputSchema extends Schema = NoInput,
  OutputSchema extends Schema = NoOutput,
  Errors extends ErrorSchemas = NoFields,
  Stream extends boolean = false,
>(
  name: string,
  definition: EventDefinition<InputSchema, OutputSchema, Errors, Stream> = {},
): EventClass<
  InferInput<InputSchema>,
  InferOutput<InputSchema>,
  Output<OutputSchema, Stream>,
  Errors,
  Answer<OutputSchema, Output<OutputSchema, Stream>>
> {
  return eventClass(contractFrom(name, definition as ContractDefinition)) as never;
}

type ContractDefinition = EventDefinition<
  StandardSchema<unknown>,
  StandardSchema<unknown>,
  Contract["errors"],
  boolean
>;

/** Checked, because a misspelt `permissions` would let everybody in. */
const DEFINITION_KEYS: readonly (keyof ContractDefinition)[] = [
  "description",
  "input",
  "output",
  "errors",
  "permissions",
  "timeoutMs",
  "idempotent",
  "stream",
  "durable",
  "http",
];

function contractFrom(name: string, definition: ContractDefinition): Contract {
  if (typeof name !== "string" || name === "") {
    throw new ConfigurationError(`an event's name must be a non-empty string, not ${JSON.stringify(name)}`);
  }
  const unknown = Object.keys(definition).find((key) => !DEFINITION_KEYS.includes(key as never));
  if (unknown !== undefined) {
    throw new ConfigurationError(
      `event "${name}": unknown option ${unknown}; there are ${DEFINITION_KEYS.join(", ")}`,
    );
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
const GIVEN = Symbol("given");

/** What an event has only when somebody asks for it: nothing is made before. */
interface Extra {
  id?: string;
  meta?: EventMeta;
  idempotencyKey?: string;
  metaSource?: MetaSource | undefined;
  tracedBy?: MetaSource;
}

/** What instances of all event classes share. */
abstract class EventMembers implements AnyEvent {
  declare readonly [CONTRACT]: Contract;
  declare readonly input: unknown;
  declare output: unknown;
  declare handled: boolean;
  declare readonly [GIVEN]: unknown;
  declare [EXTRA]: Extra | undefined;

  get name(): string {
    return this[CONTRACT].name;
  }

  get id(): string {
    const extra = extraOf(this);
    extra.id ??= crypto.randomUUID();
    return extra.id;
  }

  get meta(): EventMeta {
    return metaOf(extraOf(this));
  }

  get idempotencyKey(): string | undefined {
    return this[EXTRA]?.idempotencyKey;
  }
}

function extraOf(event: EventMembers): Extra {
  event[EXTRA] ??= {};
  return event[EXTRA];
}

function metaOf(extra: Extra): EventMeta {
  extra.meta ??= {};
  const { meta, metaSource } = extra;
  if (metaSource !== undefined) {
    extra.metaSource = undefined;
    metaSource.fillMeta(meta);
  }
  return meta;
}

function extraFrom({ meta, idempotencyKey }: EventOptions): Extra {
  const extra: Extra = {};
  if (meta !== undefined) extra.meta = { ...meta };
  if (idempotencyKey !== undefined) extra.idempotencyKey = idempotencyKey;
  return extra;
}

const NOTHING = Object.freeze({});

function eventClass(contract: Contract) {
  const validate = contract.input?.["~standard"].validate;
  const parseInput =
    validate === undefined
      ? (input: unknown) => (input === undefined ? NOTHING : input)
      : (input: unknown) => inputFrom(contract, validate(input === undefined ? {} : input));

  // A base class that borrows its members, because each event costs less to construct than with a class above; for
  // the same reason its fields are declared and not defined.
  class Event {
    declare readonly input: unknown;
    declare output: unknown;
    declare handled: boolean;
    declare readonly [GIVEN]: unknown;
    declare [EXTRA]: Extra | undefined;
    static readonly contract = contract;
    static readonly eventName = contract.name;

    constructor(input?: unknown, options?: EventOptions) {
      this.input = parsed === undefined ? parseInput(input) : takeParsed();
      this[GIVEN] = input;
      this.output = undefined;
      this.handled = false;
      this[EXTRA] = options === undefined ? undefined : extraFrom(options);
    }

    static async parse(input?: unknown, options?: EventOptions): Promise<Event> {
      if (validate === undefined) return new this(input, options);
      const value = validValue(contract, await validate(input === undefined ? {} : input));
      parsed = { value };
      try {
        return new this(input, options);
      } finally {
        parsed = undefined;
      }
    }

    static isError(error: unknown, code: string): boolean {
      return error instanceof DeclaredError && error.code === code && contractOf(error.event) === contract;
    }
  }
  Object.setPrototypeOf(Event.prototype, EventMembers.prototype);
  // A promise that resolves to an event looks for a `then`; here it ends its search.
  // biome-ignore lint/suspicious/noThenProperty: it is undefined, so that an event is no thenable.
  Object.assign(Event.prototype, { [CONTRACT]: contract, then: undefined });
  return Event;
}

/** The input that `parse` has validated already, on its way into the constructor. */
let parsed: { readonly value: unknown } | undefined;

function takeParsed(): unknown {
  const value = parsed?.value;
  parsed = undefined;
  return value;
}

function inputFrom(
  contract: Contract,
  result: StandardResult<unknown> | Promise<StandardResult<unknown>>,
): unknown {
  if (!(result instanceof Promise)) return validValue(contract, result);
  result.catch(() => {}); // Its outcome has no reader: the sentence below is the answer.
  throw new ConfigurationError(
    `the input schema of "${contract.name}" validates asynchronously: use its class's \`await parse(input)\` instead of \`new\``,
  );
}

function validValue(contract: Contract, result: StandardResult<unknown>): unknown {
  if (result.issues !== undefined) throw new EventValidationError(contract.name, result.issues);
  return result.value;
}

/** The contract of an event, or undefined for anything that is none. */
export function contractOf(event: AnyEvent): Contract | undefined {
  return (event as EventMembers | undefined)?.[CONTRACT];
}

/** The input as it was given: what travels, so that whoever receives it parses it once. */
export function givenInput(event: AnyEvent): unknown {
  return (event as EventMembers)[GIVEN];
}

/** Gives an event that was kept elsewhere the id that it had. */
export function restoreId(event: AnyEvent, id: string): void {
  extraOf(event as EventMembers).id = id;
}

/** `event.meta` if there is any; reading `event.meta` itself would make it. */
export function existingMeta(event: AnyEvent): EventMeta | undefined {
  const extra = (event as EventMembers)[EXTRA];
  if (extra === undefined) return undefined;
  return extra.metaSource === undefined ? extra.meta : metaOf(extra);
}

/** The meta as far as somebody has set or read it. */
export function givenMeta(event: AnyEvent): EventMeta | undefined {
  return (event as EventMembers)[EXTRA]?.meta;
}

/** Lets `source` fill the event's meta once somebody reads it. */
export function traceMeta(event: AnyEvent, source: MetaSource): void {
  const extra = extraOf(event as EventMembers);
  extra.metaSource = source;
  extra.tracedBy = source;
}

/** The W3C trace context of the event's last dispatch; undefined where nothing traced it. */
export function traceparentOf(event: AnyEvent): string | undefined {
  return (event as EventMembers)[EXTRA]?.tracedBy?.traceparent;
}

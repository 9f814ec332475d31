import { aClock, type Check, checkOptions, having, integer, text } from "../core/check-options.ts";
import { type Clock, systemClock } from "../core/clock.ts";
import type { AnyEvent } from "../core/event.ts";
import { givenMeta, traceMeta } from "../core/event.ts";
import type { Logger } from "../core/logger.ts";
import { currentSpan } from "./current.ts";
import { ExportQueue, type TraceExporter } from "./export-queue.ts";
import type { Attributes, Span } from "./span.ts";
import { Trace, type TraceOwner } from "./trace.ts";
import { parseTraceparent } from "./traceparent.ts";
import { parseTracestate } from "./tracestate.ts";

export interface TracerOptions {
  /** Who traces, as it is shown beside other services. @default "tsmodules" */
  readonly serviceName?: string;
  /** Gets each finished trace, after the work that it is of. Its failures are logged. */
  readonly exporter?: TraceExporter;
  /** How many finished traces are kept to be looked at. @default 100 */
  readonly maxTraces?: number;
  readonly clock?: Clock;
  readonly logger?: Pick<Logger, "error">;
}

/** What a trace begins with. */
export interface TraceOptions {
  /** @default the trace's id */
  readonly correlationId?: string;
  readonly attributes?: Attributes;
  /** 32 hex digits, for a trace that was given its id before it began. @default a new one */
  readonly traceId?: string;
  /** The caller's `traceparent` and `tracestate`: the trace goes on from there. */
  readonly traceparent?: string | undefined;
  readonly tracestate?: string | undefined;
}

const TRACE_ID = /^[0-9a-f]{32}$/;

const anExporter: Check = (value) =>
  typeof value === "function" || having("export")(value) === undefined
    ? undefined
    : "a function, or an object with export";

const CHECKS = {
  serviceName: text,
  exporter: anExporter,
  maxTraces: integer,
  clock: aClock,
  logger: having("error"),
};

/**
 * Records traces: what a request led to, and how long each piece took.
 *
 * @example
 * const tracer = new Tracer({ serviceName: "orders", exporter: (trace) => console.log(trace.toJSON()) });
 * await tracer.trace("process order", { correlationId: "order-123" }, async (trace) => {
 *   await trace.span("validate", () => validate(order));
 *   await trace.span("save", () => save(order));
 * });
 */
export class Tracer implements TraceOwner {
  readonly serviceName: string;
  readonly clock: Clock;
  private readonly queue: ExportQueue | undefined;
  private readonly maxTraces: number;
  private readonly kept: Trace[] = [];
  private oldest = 0;
  private lastAttributes: Attributes = {};

  /** @throws {ConfigurationError} naming each option that is wrong. */
  constructor(options: TracerOptions = {}) {
    checkOptions(options, CHECKS, "Tracer");
    this.serviceName = options.serviceName ?? "tsmodules";
    this.clock = options.clock ?? systemClock;
    this.maxTraces = options.maxTraces ?? 100;
    const { exporter, logger = console } = options;
    this.queue =
      exporter && new ExportQueue(exporter, (err) => logger.error({ err }, "a trace was not exported"));
  }

  /** The last traces that have finished, oldest first. */
  get traces(): readonly Trace[] {
    return [...this.kept.slice(this.oldest), ...this.kept.slice(0, this.oldest)];
  }

  /** Traces `fn`; what it gives, or throws, is passed on. Within a trace, it is a span of that. */
  trace<T>(name: string, fn: (trace: Trace) => T): T;
  trace<T>(name: string, options: TraceOptions, fn: (trace: Trace) => T): T;
  trace<T>(name: string, second: TraceOptions | ((trace: Trace) => T), third?: (trace: Trace) => T): T {
    const [options, fn] =
      typeof second === "function" ? [{}, second] : [second, third as (trace: Trace) => T];
    const parent = currentSpan();
    const now = this.clock.now();
    const span =
      parent !== undefined
        ? parent.trace.begin(name, parent, now, options.attributes)
        : this.beginTrace(name, now, options, options.attributes);
    return span.around(() => fn(span.trace));
  }

  /** Resolves once every trace that has finished was exported. */
  flush(): Promise<void> {
    return this.queue?.flush() ?? Promise.resolve();
  }

  /**
   * Begins the span of a dispatch, and lets the event's meta tell of it. Whoever dispatches runs in it and ends it.
   *
   * @internal
   */
  startDispatch(event: AnyEvent, now: number): Span {
    const parent = currentSpan();
    const attributes = this.attributesOf(event.name);
    const span =
      parent !== undefined
        ? parent.trace.begin(event.name, parent, now, attributes)
        : this.beginTrace(event.name, now, givenMeta(event), attributes);
    traceMeta(event, span);
    return span;
  }

  finished(trace: Trace): void {
    this.queue?.add(trace);
    if (this.maxTraces === 0) return;
    if (this.kept.length < this.maxTraces) {
      this.kept.push(trace);
      return;
    }
    this.kept[this.oldest] = trace;
    this.oldest = (this.oldest + 1) % this.maxTraces;
  }

  private beginTrace(
    name: string,
    now: number,
    from: TraceOptions | undefined,
    attributes: Attributes | undefined,
  ): Span {
    if (from === undefined) return new Trace(this, name, now, undefined, undefined, attributes).root;
    const { correlationId, traceId, traceparent, tracestate } = from;
    const parent = traceparent === undefined ? undefined : parseTraceparent(traceparent);
    const remote = parent && { ...parent, tracestate: parseTracestate(tracestate) };
    const id = remote === undefined && traceId !== undefined && TRACE_ID.test(traceId) ? traceId : undefined;
    return new Trace(this, name, now, correlationId, remote, attributes, id).root;
  }

  /**
   * The same object for the same event, as far as those of one event follow each other.
   *
   * @see https://opentelemetry.io/docs/specs/semconv/rpc/
   */
  private attributesOf(eventName: string): Attributes {
    if (this.lastAttributes["rpc.method"] !== eventName) {
      this.lastAttributes = { "rpc.system.name": "tsmodules", "rpc.method": eventName };
    }
    return this.lastAttributes;
  }
}

let tracer: Tracer | undefined;

/** The tracer of those who were given none. */
export function getTracer(): Tracer {
  tracer ??= new Tracer();
  return tracer;
}

/** Replaces the tracer of those who were given none; hosts that are there keep the one they have. */
export function setTracer(next: Tracer): void {
  tracer = next;
}

/** The trace that the running code is part of. */
export function getCurrentTrace(): Trace | undefined {
  return currentSpan()?.trace;
}

/** The correlation id of the trace that the running code is part of. */
export function getCorrelationId(): string | undefined {
  return currentSpan()?.trace.correlationId;
}

import type { Span as NativeSpan } from "@opentelemetry/api";
import { messageOf } from "../core/errors.ts";
import type { EventMeta, MetaSource } from "../core/event.ts";
import { isFault } from "../core/fault.ts";
import { openTelemetry } from "../core/opentelemetry.ts";
import { isPending } from "../core/pipeline.ts";
import type { AttributeValue, TraceHandle } from "../core/trace-context.ts";
import { runIn } from "./current.ts";
import { newSpanId } from "./ids.ts";
import { type NativePart, nativePart } from "./native-span.ts";
import type { Trace } from "./trace.ts";
import { formatTraceparent } from "./traceparent.ts";

/** A span as data. */
export interface SpanSnapshot {
  readonly name: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  /** Epoch ms. */
  readonly startTime: number;
  /** Up to now, where it has not ended. */
  readonly durationMs: number;
  readonly status: "ok" | "error";
  readonly attributes: Attributes;
  readonly error?: string;
}

/** What is kept of an error: the error itself would keep its event, and with it the input. */
export interface Failure {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
}

export type Attributes = Readonly<Record<string, AttributeValue>>;

/**
 * One piece of work in a trace. Its id is drawn when somebody reads it. It is what handlers get as their `trace`, too:
 * spans that are begun by it are within it.
 */
export class Span implements TraceHandle, MetaSource {
  readonly trace: Trace;
  readonly name: string;
  readonly parent: Span | undefined;
  /** By the tracer's clock, in ms. */
  readonly startedAt: number;
  endedAt: number | undefined = undefined;
  /** What it failed with; answers are no failures. */
  error: Failure | undefined = undefined;
  private id: string | undefined = undefined;
  /** What it began with, which others may begin with too. */
  private readonly given: Attributes | undefined;
  private notes: Record<string, AttributeValue> | undefined = undefined;
  private readonly native: NativePart | undefined;

  constructor(
    trace: Trace,
    name: string,
    parent: Span | undefined,
    startedAt: number,
    attributes: Attributes | undefined,
  ) {
    this.trace = trace;
    this.name = name;
    this.parent = parent;
    this.startedAt = startedAt;
    this.given = attributes;
    this.native = nativePart(this);
  }

  get spanId(): string {
    this.id ??= this.native?.span.spanContext().spanId ?? newSpanId();
    return this.id;
  }

  get parentSpanId(): string | undefined {
    return this.parent === undefined ? this.trace.remote?.spanId : this.parent.spanId;
  }

  get traceId(): string {
    return this.trace.traceId;
  }

  get correlationId(): string {
    return this.trace.correlationId;
  }

  /** What a call to the outside tells of it. */
  get traceparent(): string {
    const { traceId, remote } = this.trace;
    const sampled = remote?.sampled ?? true;
    // Of an id that came from elsewhere, only its maker knows how it was drawn.
    const random = remote?.random ?? true;
    return formatTraceparent({ traceId, spanId: this.spanId, sampled, random });
  }

  get attributes(): Attributes {
    return { ...this.given, ...this.notes };
  }

  /** What OpenTelemetry knows of it, where an SDK is registered. */
  get nativePart(): NativePart | undefined {
    return this.native;
  }

  setAttribute(name: string, value: AttributeValue): void {
    this.notes ??= {};
    this.notes[name] = value;
    this.native?.span.setAttribute(name, value);
  }

  /** Calls `fn` in a span of its own within this one; what it gives, or throws, is passed on. */
  span<T>(name: string, fn: () => T): T {
    return this.trace.begin(name, this).around(fn);
  }

  /** Calls `fn` with this span current. */
  run<A, T>(fn: (argument: A) => T, argument: A): T {
    if (this.native === undefined) return runIn(this, fn, argument);
    const { context } = this.native;
    return openTelemetry("trace")?.context.with(context, () => runIn(this, fn, argument)) as T;
  }

  /** Calls `fn` with this span current, and ends the span with it. */
  around<T>(fn: () => T): T {
    let value: T;
    try {
      value = this.run(fn, undefined);
    } catch (error) {
      this.end(this.trace.clock.now(), error);
      throw error;
    }
    if (!isPending(value)) {
      this.end(this.trace.clock.now());
      return value;
    }
    return value.then(
      (settled) => {
        this.end(this.trace.clock.now());
        return settled;
      },
      (error) => {
        this.end(this.trace.clock.now(), error);
        throw error;
      },
    ) as T;
  }

  /** @param error - What it ended with; only a fault makes the span one that failed. */
  end(now: number, error?: unknown): void {
    this.endedAt = now;
    if (error !== undefined && isFault(error)) this.error = failureOf(error);
    if (this.native !== undefined) this.endNative(this.native.span);
    if (this.parent === undefined) this.trace.finish();
  }

  /** Fills an event's meta, when somebody reads it. */
  fillMeta(meta: EventMeta): void {
    meta.correlationId ??= this.correlationId;
    meta.traceId ??= this.traceId;
    if (this.parentSpanId !== undefined) meta.parentSpanId ??= this.parentSpanId;
  }

  toJSON(): SpanSnapshot {
    const { name, spanId, parentSpanId, startedAt, attributes, error } = this;
    return {
      name,
      spanId,
      parentSpanId,
      startTime: this.trace.epochMs(startedAt),
      durationMs: (this.endedAt ?? this.trace.clock.now()) - startedAt,
      status: error === undefined ? "ok" : "error",
      attributes,
      ...(error !== undefined && { error: error.message }),
    };
  }

  private endNative(span: NativeSpan): void {
    const { error } = this;
    if (error !== undefined) {
      span.recordException(error);
      span.setAttribute("error.type", error.name);
      span.setStatus({ code: 2 /* SpanStatusCode.ERROR */, message: error.message });
    }
    span.end(this.trace.epochMs(this.endedAt as number));
  }
}

function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { name: "_OTHER", message: messageOf(error) };
  const { name, message, stack } = error;
  return stack === undefined ? { name, message } : { name, message, stack };
}

import type { Clock } from "../core/clock.ts";
import type { AttributeValue, TraceHandle } from "../core/trace-context.ts";
import { newTraceId } from "./ids.ts";
import { type Attributes, Span, type SpanSnapshot } from "./span.ts";
import type { TraceParent } from "./traceparent.ts";

/** A trace as data. */
export interface TraceSnapshot {
  readonly traceId: string;
  readonly correlationId: string;
  readonly serviceName: string;
  /** In the order of their starts, the root first. */
  readonly spans: readonly SpanSnapshot[];
}

/** Where a trace that did not begin here comes from. */
export interface RemoteParent extends TraceParent {
  readonly tracestate: string | undefined;
}

/** What a trace belongs to. */
export interface TraceOwner {
  readonly serviceName: string;
  readonly clock: Clock;
  finished(trace: Trace): void;
}

/** So many spans are kept of one trace. */
const MAX_SPANS = 1_000;

/** What belongs together: spans, from the first one of a request to all that it led to here. */
export class Trace implements TraceHandle {
  readonly remote: RemoteParent | undefined;
  readonly root: Span;
  private readonly owner: TraceOwner;
  private later: Span[] | undefined = undefined;
  private id: string | undefined;
  private correlation: string | undefined;

  constructor(
    owner: TraceOwner,
    name: string,
    startedAt: number,
    correlationId: string | undefined,
    remote: RemoteParent | undefined,
    attributes: Attributes | undefined,
    id?: string,
  ) {
    this.owner = owner;
    this.id = id;
    this.remote = remote;
    this.correlation = correlationId;
    this.root = new Span(this, name, undefined, startedAt, attributes);
  }

  get serviceName(): string {
    return this.owner.serviceName;
  }

  get clock(): Clock {
    return this.owner.clock;
  }

  /** 32 hex digits. */
  get traceId(): string {
    const native = this.root.nativePart;
    if (native !== undefined) return native.span.spanContext().traceId;
    this.id ??= this.remote?.traceId ?? newTraceId();
    return this.id;
  }

  /** Given, or the trace id. */
  get correlationId(): string {
    this.correlation ??= this.traceId;
    return this.correlation;
  }

  get spans(): readonly Span[] {
    return [this.root, ...(this.later ?? [])];
  }

  /** Calls `fn` in a span within the root. */
  span<T>(name: string, fn: () => T): T {
    return this.root.span(name, fn);
  }

  setAttribute(name: string, value: AttributeValue): void {
    this.root.setAttribute(name, value);
  }

  /** Begins a span; whoever does ends it. */
  begin(name: string, parent: Span, startedAt = this.clock.now(), attributes?: Attributes): Span {
    const span = new Span(this, name, parent, startedAt, attributes);
    this.later ??= [];
    if (this.later.length < MAX_SPANS) this.later.push(span);
    return span;
  }

  finish(): void {
    this.owner.finished(this);
  }

  /** The clock's time as epoch ms. */
  epochMs(at: number): number {
    return Date.now() - (this.clock.now() - at);
  }

  toJSON(): TraceSnapshot {
    const { traceId, correlationId, serviceName, spans } = this;
    return { traceId, correlationId, serviceName, spans: spans.map((span) => span.toJSON()) };
  }
}

/** The trace that an event is part of, as its handlers see it. Where nothing traces, its spans only call. */
export interface TraceHandle {
  /** 32 hex digits; undefined where nothing traces. */
  readonly traceId: string | undefined;
  readonly correlationId: string | undefined;
  /** Calls `fn` in a span of its own; what it gives, or throws, is passed on. */
  span<T>(name: string, fn: () => T): T;
  /** Notes something on the span in hand. */
  setAttribute(name: string, value: AttributeValue): void;
}

/** What may be noted on a span. */
export type AttributeValue = string | number | boolean;

/** The trace of those who have none. */
export const NO_TRACE: TraceHandle = Object.freeze({
  traceId: undefined,
  correlationId: undefined,
  span: <T>(_name: string, fn: () => T): T => fn(),
  setAttribute: () => {},
});

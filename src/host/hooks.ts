import type { AnyEvent } from "../core/event.ts";
import type { Logger } from "../core/logger.ts";
import type { DispatchObserver, Outcome } from "./observer.ts";

/** An application's own callbacks around each dispatch. One that throws is logged and breaks nothing. */
export interface Hooks {
  readonly onEventStart?: (event: AnyEvent) => void;
  /** Runs once per dispatch, whatever its end. */
  readonly onEventEnd?: (event: AnyEvent, handled: boolean) => void;
  /** Gets the handler's own error. */
  readonly onError?: (error: unknown, event: AnyEvent) => void;
}

/** Undefined where there is no hook, so that nothing is called. */
export function hooksObserver(hooks: Hooks, logger: Logger): DispatchObserver | undefined {
  const { onEventStart, onEventEnd, onError } = hooks;
  if (!(onEventStart || onEventEnd || onError)) return undefined;

  const guarded = (name: keyof Hooks, event: AnyEvent, hook: () => unknown) => {
    const failed = (err: unknown) => logger.error({ err, event: event.name }, `the hook ${name} failed`);
    try {
      const result = hook();
      if (result instanceof Promise) result.catch(failed);
    } catch (error) {
      failed(error);
    }
  };
  return {
    ...(onEventStart && {
      started: (event: AnyEvent) => guarded("onEventStart", event, () => onEventStart(event)),
    }),
    ...(onError && {
      failed: (event: AnyEvent, error: unknown) => guarded("onError", event, () => onError(error, event)),
    }),
    ...(onEventEnd && {
      ended: (event: AnyEvent, _outcome: Outcome) =>
        guarded("onEventEnd", event, () => onEventEnd(event, event.handled)),
    }),
  };
}

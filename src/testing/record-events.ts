import type { AnyEvent, EventConstructor } from "../core/event.ts";
import type { ModuleHost } from "../host/module-host.ts";

/** The events that went through a host, in the order in which they came. */
export interface EventRecorder {
  readonly events: readonly AnyEvent[];
  /** Those of one class. */
  of<Ev extends AnyEvent>(event: EventConstructor<Ev>): Ev[];
  /** Forgets them. */
  clear(): void;
}

/** Records every event that `host` dispatches or publishes from now on, nested ones included. */
export function recordEvents(host: ModuleHost): EventRecorder {
  const events: AnyEvent[] = [];
  host.use((event, next) => {
    events.push(event);
    return next();
  });
  return {
    events,
    of<Ev extends AnyEvent>(event: EventConstructor<Ev>) {
      return events.filter((recorded): recorded is Ev => recorded instanceof event);
    },
    clear() {
      events.length = 0;
    },
  };
}

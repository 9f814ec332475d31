import type { DispatchOptions, Host, PublishReport } from "../core/context.ts";
import type { AnyEvent, TypedEvent } from "../core/event.ts";
import type { Origin } from "./dispatch.ts";
import type { Dispatcher } from "./dispatcher.ts";

/** The host as the work in hand sees it: what is dispatched through it is part of that work. */
export class BoundHost implements Host {
  readonly #dispatcher: Dispatcher;
  readonly #origin: Origin;

  constructor(dispatcher: Dispatcher, origin: Origin) {
    this.#dispatcher = dispatcher;
    this.#origin = origin;
  }

  handle<Ev extends AnyEvent>(event: Ev, options?: DispatchOptions): Promise<Ev> {
    return this.#dispatcher.handle(event, options, this.#origin);
  }

  send<Ev extends TypedEvent>(event: Ev, options?: DispatchOptions): Promise<Ev["~output"]> {
    return this.#dispatcher.send(event, options, this.#origin);
  }

  handleSync<Ev extends AnyEvent>(event: Ev, options?: DispatchOptions): Ev {
    return this.#dispatcher.handleSync(event, options, this.#origin);
  }

  publish(event: AnyEvent, options?: DispatchOptions): Promise<PublishReport> {
    return this.#dispatcher.publish(event, options, this.#origin);
  }

  canHandle(event: AnyEvent): boolean {
    return this.#dispatcher.canHandle(event);
  }
}

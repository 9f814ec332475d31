import type { AnyEvent } from "../core/event.ts";
import type { Dispatch } from "./dispatch.ts";

/**
 * The dispatches that have not ended, as a list threaded through the dispatches themselves: entering and leaving it
 * costs a few writes, where a Map would cost more than the rest of the dispatch.
 */
export class InFlight {
  private first: Dispatch | undefined = undefined;
  private watchers: (() => void)[] | undefined = undefined;

  add(dispatch: Dispatch): void {
    const first = this.first;
    if (first !== undefined) {
      dispatch.next = first;
      first.previous = dispatch;
    }
    this.first = dispatch;
  }

  remove(dispatch: Dispatch): void {
    const { previous, next } = dispatch;
    if (previous === undefined) this.first = next;
    else previous.next = next;
    if (next !== undefined) next.previous = previous;
    // Else one that the collector has moved to the old generation would keep all that came after it.
    dispatch.previous = undefined;
    dispatch.next = undefined;
    if (this.watchers !== undefined) for (const watcher of [...this.watchers]) watcher();
  }

  *[Symbol.iterator](): Generator<Dispatch> {
    for (let dispatch = this.first; dispatch !== undefined; dispatch = dispatch.next) yield dispatch;
  }

  /** Oldest first, by event id. */
  byEventId(): ReadonlyMap<string, AnyEvent> {
    return new Map([...this].reverse().map(({ event }) => [event.id, event]));
  }

  /** Resolves as soon as no dispatch that `concerns` picks is left. */
  drained(concerns: (dispatch: Dispatch) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const watcher = () => {
        for (const dispatch of this) if (concerns(dispatch)) return;
        this.watchers = this.watchers?.filter((other) => other !== watcher);
        if (this.watchers?.length === 0) this.watchers = undefined;
        resolve();
      };
      this.watchers = [...(this.watchers ?? []), watcher];
      watcher();
    });
  }
}

import { HostClosedError } from "../core/errors.ts";
import type { AnyEvent } from "../core/event.ts";
import type { Scope } from "../core/scope.ts";

/** What only waits, for a slot, for a module to load: the part of the work in hand that a closing host drops. */
export class Waits {
  readonly #rejects = new Set<() => void>();
  #closed = false;

  /**
   * Waits until `begin` calls its argument. When the scope is aborted or the host closes first, the function that
   * `begin` returned is called to take the wait back.
   *
   * @throws {HostClosedError} or the scope's reason.
   */
  until(event: AnyEvent, scope: Scope, begin: (done: () => void) => () => void): Promise<void> {
    if (this.#closed) return Promise.reject(new HostClosedError(event));
    return new Promise((resolve, reject) => {
      let over = false;
      let forget = () => {};
      const finish = () => {
        over = true;
        this.#rejects.delete(close);
        forget();
      };
      const giveUp = (reason: unknown) => {
        finish();
        cancel();
        reject(reason);
      };
      const close = () => giveUp(new HostClosedError(event));
      const cancel = begin(() => {
        finish();
        resolve();
      });
      if (over) return; // It needed no waiting.
      this.#rejects.add(close);
      forget = scope.onAbort(giveUp);
    });
  }

  close(): void {
    this.#closed = true;
    for (const reject of [...this.#rejects]) reject();
  }
}

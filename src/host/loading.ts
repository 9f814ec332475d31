import type { ModuleRegistrationError } from "../core/errors.ts";
import { isPending } from "../core/pipeline.ts";

/** The loading of modules, one after the other in the order of their registration, and what failed of it. */
export class Loading {
  readonly #failures = new Map<string, ModuleRegistrationError>();
  /** Settles, never rejecting, when the modules that load now have loaded; undefined when none does. */
  pending: Promise<void> | undefined = undefined;

  /** What failed, and was not registered again since. */
  get failures(): readonly ModuleRegistrationError[] {
    return [...this.#failures.values()];
  }

  /** What is to be said to somebody who misses a module. */
  get hint(): string {
    return this.failures.map(({ message }) => `; ${message}`).join("");
  }

  /**
   * Loads the module `name` after those that are loading, straight away if there are none.
   *
   * @param failed - Takes the module out again and says what happened; nothing if nobody waits for it any more.
   * @throws what `failed` returns, where the module failed straight away.
   */
  add(
    name: string,
    load: () => unknown,
    failed: (error: unknown) => ModuleRegistrationError | undefined,
  ): void {
    this.#failures.delete(name);
    const before = this.pending;
    let loaded: unknown;
    try {
      loaded = before === undefined ? load() : before.then(load);
    } catch (error) {
      throw failed(error) ?? error;
    }
    if (!isPending(loaded)) return;
    const pending = Promise.resolve(loaded).then(
      () => {},
      (error) => {
        const failure = failed(error);
        if (failure !== undefined) this.#failures.set(name, failure);
      },
    );
    this.pending = pending;
    pending.then(() => {
      if (this.pending === pending) this.pending = undefined;
    });
  }

  /** @throws {ModuleRegistrationError} of the first module that failed and was not registered again since. */
  async ready(): Promise<void> {
    while (this.pending !== undefined) await this.pending;
    for (const failure of this.#failures.values()) throw failure;
  }
}

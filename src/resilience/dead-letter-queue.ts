import { aClock, callable, checkOptions, having, positiveInteger } from "../core/check-options.ts";
import { systemClock } from "../core/clock.ts";
import { ConfigurationError, EventHandlingError } from "../core/errors.ts";
import type { AnyEvent, AnyEventClass } from "../core/event.ts";
import { isFault } from "../core/fault.ts";
import { notify } from "../core/notify.ts";
import { rescue } from "../core/pipeline.ts";
import type { DeadLetter, DeadLetterQueueOptions, PolicyObject, StoredDeadLetter } from "../core/policies.ts";
import { PendingLetters } from "./pending-letters.ts";
import { type Call, Policy } from "./policy.ts";
import { failedAgain, handleAgain } from "./retried-letter.ts";
import { letterReader, storedFrom } from "./stored-dead-letter.ts";

/** @internal */
export const DEAD_LETTER_QUEUE_CHECKS = {
  maxSize: positiveInteger,
  onAdd: callable,
  onEvict: callable,
  store: having("add", "remove", "list"),
  onStoreError: callable,
  clock: aClock,
};

/** What became of the letters that were taken up again. */
export interface ReprocessReport {
  readonly successful: number;
  readonly failed: number;
}

/**
 * Keeps the events that could not be handled, and why, until somebody looks at them or has them handled again. Bounded:
 * the oldest letter goes for the newest, and `evicted` and `onEvict` tell; a store keeps it all the same.
 *
 * @see G. Hohpe and B. Woolf, "Enterprise Integration Patterns", 2003: Dead Letter Channel.
 * @example
 * const deadLetterQueue = new DeadLetterQueue({ maxSize: 1_000 });
 * const host = new ModuleHost({ deadLetterQueue });
 * const { successful, failed } = await deadLetterQueue.reprocess((event) => host.handle(event));
 */
export class DeadLetterQueue extends Policy implements PolicyObject<"deadLetterQueue"> {
  readonly kind = "deadLetterQueue";
  readonly maxSize: number;
  private options: DeadLetterQueueOptions;
  private readonly letters = new Map<string, DeadLetter>();
  /** The ids of those that the store has not and will not have: nobody else can take them. */
  private readonly unstorable = new Set<string>();
  private evictions = 0;
  private readonly pendingLetters: PendingLetters | undefined;

  /** @throws {ConfigurationError} naming each option that is wrong. */
  constructor(options: DeadLetterQueueOptions = {}) {
    super();
    checkOptions(options, DEAD_LETTER_QUEUE_CHECKS, "DeadLetterQueue");
    this.options = options;
    this.maxSize = options.maxSize ?? 1_000;
    const { store, clock = systemClock } = options;
    if (store !== undefined) {
      this.pendingLetters = new PendingLetters(store, clock, this.maxSize, {
        failed: (error) => this.report(error),
        gaveUp: (id) => this.letters.has(id) && this.unstorable.add(id),
      });
    }
  }

  /** @internal What a host does about evictions and failures of the store, unless the queue was told what to do. */
  reportTo(reports: Pick<DeadLetterQueueOptions, "onEvict" | "onStoreError">): void {
    this.options = { ...reports, ...this.options };
  }

  /** The letters of this process, oldest first. */
  get entries(): readonly DeadLetter[] {
    return [...this.letters.values()];
  }

  get size(): number {
    return this.letters.size;
  }

  /** How many letters had to go for newer ones. */
  get evicted(): number {
    return this.evictions;
  }

  /** Keeps `event`, and what its handling failed with. */
  add(
    event: AnyEvent,
    error: unknown,
    {
      moduleName,
      attempts = 1,
    }: { readonly moduleName?: string | undefined; readonly attempts?: number } = {},
  ): DeadLetter {
    const letter: DeadLetter = {
      id: crypto.randomUUID(),
      event,
      error,
      moduleName,
      attempts,
      timestamp: Date.now(),
    };
    return failedAgain(letter) ?? this.keep(letter);
  }

  /** Drops a letter, and says whether it was there. */
  remove(letter: DeadLetter | string): boolean {
    const id = typeof letter === "string" ? letter : letter.id;
    if (!this.letters.delete(id)) return false;
    this.unstore(id);
    return true;
  }

  /** Drops all letters. */
  clear(): void {
    for (const id of [...this.letters.keys()]) this.remove(id);
  }

  /**
   * Has the letters that are here now handled again, one after the other. Whether that succeeded, the event says
   * afterwards (`handled`), so that a host's `handle` fits. What fails again is kept, once. Letters that the store does
   * not have any more, or that another process is at, are let go of.
   *
   * @throws what the store fails with when it is asked for a letter; what was handled by then is handled.
   */
  async reprocess(handle: (event: AnyEvent) => unknown): Promise<ReprocessReport> {
    await this.settled();
    let successful = 0;
    let failed = 0;
    for (const letter of this.entries) {
      if (this.letters.get(letter.id) !== letter) continue; // Somebody else takes care of it.
      const isTaken = await this.take(letter.id);
      if (this.letters.get(letter.id) !== letter) continue;
      this.letters.delete(letter.id);
      if (!isTaken) continue;
      const again = await handleAgain(letter, handle);
      if (again === undefined) {
        successful++;
        this.unstore(letter.id);
      } else {
        failed++;
        this.keep(again);
      }
    }
    return { successful, failed };
  }

  /**
   * Brings the store's letters of these events back into the process, the oldest first and as many as there is room for,
   * and resolves to how many there were. Letters of other events stay where they are, and so do those whose input does
   * not match its contract any more, of which `onStoreError` hears.
   *
   * @throws {ConfigurationError} if there is no store.
   * @throws what the store fails with.
   */
  async load(classes: readonly AnyEventClass[]): Promise<number> {
    const { store } = this.options;
    if (store === undefined) throw new ConfigurationError("DeadLetterQueue: load needs a store to load from");
    await this.settled();
    const readers = new Map(classes.map((eventClass) => [eventClass.eventName, letterReader(eventClass)]));
    let loaded = 0;
    for (const stored of await store.list()) {
      const read = readers.get(stored.eventName);
      if (read === undefined || this.letters.has(stored.id)) continue;
      if (this.letters.size >= this.maxSize) break;
      try {
        this.letters.set(stored.id, await read(stored));
        loaded++;
      } catch (error) {
        this.report(error);
      }
    }
    return loaded;
  }

  /** How many letters the store has still to take, or to drop. */
  get pending(): number {
    return this.pendingLetters?.size ?? 0;
  }

  /** @internal The letters that the store has still to take. */
  get unstored(): readonly StoredDeadLetter[] {
    return this.pendingLetters?.letters ?? [];
  }

  /** Resolves once the store has taken everything. @throws what it fails with; it is tried again after a while. */
  async flush(): Promise<void> {
    await this.pendingLetters?.flush();
  }

  run<T>(fn: (call: Call) => T | PromiseLike<T>, call: Call): T | PromiseLike<T> {
    const { event } = call;
    if (event === undefined) {
      throw new ConfigurationError("DeadLetterQueue: pass the event: execute(fn, { event })");
    }
    return rescue(
      () => fn(call),
      (error) => {
        if (isFault(error)) {
          const wrapped = error instanceof EventHandlingError ? error : undefined;
          this.add(event, wrapped?.cause ?? error, { moduleName: wrapped?.module.metadata.name });
        }
        throw error;
      },
    ) as T | PromiseLike<T>;
  }

  private keep(letter: DeadLetter): DeadLetter {
    this.makeRoom();
    this.letters.set(letter.id, letter);
    this.write(letter);
    notify(this.options.onAdd, letter);
    return letter;
  }

  /** At once, for whoever has the event may change it. */
  private write(letter: DeadLetter): void {
    if (this.pendingLetters === undefined) return;
    this.unstorable.delete(letter.id);
    try {
      this.pendingLetters.add(storedFrom(letter));
    } catch (error) {
      this.unstorable.add(letter.id);
      this.report(error);
    }
  }

  private unstore(id: string): void {
    if (!this.unstorable.delete(id)) this.pendingLetters?.remove(id);
  }

  /** Whether nobody else has the letter, or has had it handled. */
  private take(id: string): boolean | Promise<boolean> {
    const { store } = this.options;
    const isShared = !this.unstorable.has(id) && this.pendingLetters?.has(id) === false;
    return isShared && store?.take !== undefined ? store.take(id) : true;
  }

  /** The store has what it will take now; what it failed with was reported. */
  private async settled(): Promise<void> {
    await this.flush().catch(() => {});
  }

  private makeRoom(): void {
    if (this.letters.size < this.maxSize) return;
    const [oldest] = this.letters.values() as unknown as [DeadLetter];
    this.letters.delete(oldest.id);
    this.unstorable.delete(oldest.id);
    this.evictions++;
    notify(this.options.onEvict, oldest);
  }

  private report(error: unknown): void {
    notify(this.options.onStoreError ?? console.error, error);
  }
}

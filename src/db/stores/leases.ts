import type { CancelTimer, Clock } from "../../core/clock.ts";

/** Renewed so often within its time that one that failed may be made up for. */
const RENEWALS = 3;

/**
 * What this process holds in a database for a while. Renewed as long as it is held, it falls to others soon after this
 * process died, or if it cannot reach the database for longer than a lease, though others can.
 */
export class Leases<Held = string> {
  private readonly clock: Clock;
  private readonly everyMs: number;
  private readonly renew: (held: ReadonlyMap<string, Held>) => Promise<unknown>;
  private readonly held = new Map<string, Held>();
  private cancel: CancelTimer | undefined;

  /** @param renew - Gives the leases on all that is held their whole time again. */
  constructor(clock: Clock, leaseMs: number, renew: (held: ReadonlyMap<string, Held>) => Promise<unknown>) {
    this.clock = clock;
    this.everyMs = leaseMs / RENEWALS;
    this.renew = renew;
  }

  /** Renews the lease on `key` from now on; `held` is what is to be known of it: who has it, for one. */
  hold(key: string, held: Held): void {
    this.held.set(key, held);
    if (this.cancel === undefined) this.schedule();
  }

  /** What is known of a key; undefined if it is not held. */
  get(key: string): Held | undefined {
    return this.held.get(key);
  }

  /** Lets go. */
  drop(key: string): void {
    this.held.delete(key);
    if (this.held.size > 0) return;
    this.cancel?.();
    this.cancel = undefined;
  }

  private schedule(): void {
    const cancel = this.clock.schedule(this.everyMs, () => {
      // At a fixed rate: a round that waits for a connection must not hold up the next one.
      this.schedule();
      this.renew(this.held).catch(() => {});
    });
    // Whoever works on it keeps the process alive, or nobody.
    cancel.hold?.(false);
    this.cancel = cancel;
  }
}

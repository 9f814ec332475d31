import type { CancelTimer, Clock } from "../../core/clock.ts";

/** Renewed so often within its time that one that failed may be made up for. */
const RENEWALS = 3;

/**
 * What this process holds in a database for a while. Renewed as long as it is held, it falls to others soon after this
 * process died.
 */
export class Leases {
  private readonly clock: Clock;
  private readonly everyMs: number;
  private readonly renew: (key: string, owner: string) => Promise<unknown>;
  private readonly owners = new Map<string, string>();
  private cancel: CancelTimer | undefined;

  /** @param renew - Gives a lease its whole time again. */
  constructor(clock: Clock, leaseMs: number, renew: (key: string, owner: string) => Promise<unknown>) {
    this.clock = clock;
    this.everyMs = leaseMs / RENEWALS;
    this.renew = renew;
  }

  /** Renews the lease that `owner` has on `key` from now on. */
  hold(key: string, owner: string): void {
    this.owners.set(key, owner);
    if (this.cancel === undefined) this.schedule();
  }

  /** Lets go, and gives the owner; undefined if it was not held. */
  drop(key: string): string | undefined {
    const owner = this.owners.get(key);
    this.owners.delete(key);
    if (this.owners.size === 0) {
      this.cancel?.();
      this.cancel = undefined;
    }
    return owner;
  }

  private schedule(): void {
    const cancel = this.clock.schedule(this.everyMs, () => void this.renewAll());
    // Whoever works on it keeps the process alive, or nobody.
    cancel.hold?.(false);
    this.cancel = cancel;
  }

  private async renewAll(): Promise<void> {
    this.cancel = undefined;
    for (const [key, owner] of [...this.owners]) {
      // While there is no database nobody else can take it either; the next time comes before the lease ends.
      await this.renew(key, owner).catch(() => {});
    }
    if (this.owners.size > 0 && this.cancel === undefined) this.schedule();
  }
}

import type { Clock } from "../core/clock.ts";
import type {
  DeadLetterStore,
  IdempotencyClaim,
  IdempotencyStore,
  StoredDeadLetter,
} from "../core/policies.ts";

/** Keeps dead letters as long as the process lives, as JSON: what it gives back is what a database would. */
export class MemoryDeadLetterStore implements DeadLetterStore {
  private readonly letters = new Map<string, string>();

  add(letter: StoredDeadLetter): void {
    this.letters.set(letter.id, JSON.stringify(letter));
  }

  remove(id: string): void {
    this.letters.delete(id);
  }

  list(): readonly StoredDeadLetter[] {
    return [...this.letters.values()].map((letter) => JSON.parse(letter));
  }
}

interface Kept {
  claim: Exclude<IdempotencyClaim, { readonly status: "claimed" }>;
  readonly until: number;
}

/** Keeps idempotency keys as long as the process lives, each no longer than its time. */
export class MemoryIdempotencyStore implements IdempotencyStore {
  private readonly clock: Clock;
  private readonly kept = new Map<string, Kept>();

  /** @param clock - Tells when a key is forgotten. */
  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** How many keys are kept. */
  get size(): number {
    return this.kept.size;
  }

  claim(key: string, fingerprint: string, ttlMs: number): IdempotencyClaim {
    const now = this.clock.now();
    this.forgetExpired(now);
    const known = this.kept.get(key);
    if (known !== undefined && (known.until > now || known.claim.status === "running")) return known.claim;
    this.kept.delete(key);
    this.kept.set(key, { claim: { status: "running", fingerprint }, until: now + ttlMs });
    return { status: "claimed" };
  }

  complete(key: string, output: unknown): void {
    const known = this.kept.get(key);
    if (known !== undefined) known.claim = { status: "done", fingerprint: known.claim.fingerprint, output };
  }

  release(key: string): void {
    this.kept.delete(key);
  }

  /** Those that came first are first: a few looks at the beginning keep the store small. */
  private forgetExpired(now: number): void {
    let looked = 0;
    for (const [key, { claim, until }] of this.kept) {
      if (until > now || looked++ === 16) return;
      if (claim.status === "done") this.kept.delete(key);
    }
  }
}

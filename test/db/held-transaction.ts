import type { Database } from "../../src/db/index.ts";

/** A transaction that is held in the middle until it is told to end. */
export interface HeldTransaction<T> {
  /** What becomes of it. */
  readonly outcome: Promise<T>;
  /** Lets it go on. */
  end(): void;
}

/** Begins a transaction, and resolves when `before` is done and it is held. It does `after` when it is told to end. */
export async function heldTransaction<T = void>(
  db: Database,
  before: () => unknown = () => {},
  after?: () => Promise<T>,
): Promise<HeldTransaction<T | undefined>> {
  const begun = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const outcome = db.transaction(async () => {
    await before();
    begun.resolve();
    await gate.promise;
    return after?.();
  });
  await Promise.race([begun.promise, outcome]);
  return { outcome, end: gate.resolve };
}

import { translatedError } from "../connection/translated-error.ts";
import { ConnectionError } from "../errors.ts";
import type { Database } from "./database.ts";

/** How a database is; what a health check may answer with. */
export interface DatabaseHealth {
  readonly status: "healthy" | "unhealthy";
  /** For whoever asks: without addresses. */
  readonly message: string;
  /** What is wrong, for logs. */
  readonly error?: unknown;
}

/** Asks a database for something, and waits `timeoutMs` for the answer. Never throws. */
export async function healthOf(db: Database, timeoutMs: number): Promise<DatabaseHealth> {
  const startedAt = performance.now();
  try {
    await answer(db, timeoutMs);
    return { status: "healthy", message: `answered in ${Math.round(performance.now() - startedAt)} ms` };
  } catch (error) {
    const message = error instanceof ConnectionError ? "there is no connection" : "the database fails";
    return { status: "unhealthy", message, error };
  }
}

async function answer(db: Database, timeoutMs: number): Promise<void> {
  const { promise: tooLate, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new ConnectionError(`no answer within ${timeoutMs} ms`)), timeoutMs);
  try {
    const answered = db.outsideTransaction(() => db.run({ sql: "select 1", parameters: [], timeoutMs }));
    await Promise.race([answered, tooLate]);
  } catch (error) {
    throw translatedError(error, { operation: "statement" });
  } finally {
    clearTimeout(timer);
  }
}

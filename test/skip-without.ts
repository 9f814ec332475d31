import type { TestContext } from "vitest";

/**
 * Skips a test for want of a program of the machine's, and says so aloud. Where nothing may be skipped, as in CI
 * (`TSMODULES_TEST_NO_SKIPS`), it fails.
 *
 * @param install - The Debian package that brings the program.
 */
export function skipWithout(program: string, install: string, skip: TestContext["skip"]): never {
  return skipBecause(`${program} is not installed: apt-get install ${install}`, skip);
}

/** Skips as {@link skipWithout} does, for want of something else than a program. */
export function skipBecause(reason: string, skip: TestContext["skip"]): never {
  tellSkipped(reason);
  return skip(reason);
}

/** Says aloud that something is skipped; throws where nothing may be. */
export function tellSkipped(reason: string): void {
  if (process.env.TSMODULES_TEST_NO_SKIPS) throw new Error(reason);
  console.warn(`skipped, because ${reason}`);
}

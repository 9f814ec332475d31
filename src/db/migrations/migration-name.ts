import { ConfigurationError } from "../../core/errors.ts";

const MAX_LENGTH = 100;

/** The second in which a migration was made, as its name begins. */
const STAMP = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)/;

/**
 * The name of a new migration: the second in which it was made, then what it does. It comes after those that are there,
 * also those of the same second and those of a clock that is ahead.
 *
 * @param title - What it does, in any words: `Add e-mail to users` becomes `add-e-mail-to-users`.
 * @param known - The names that are there.
 * @throws {ConfigurationError} if the title has neither letters nor digits, or is too long.
 */
export function migrationName(title: string, known: readonly string[], now = Date.now()): string {
  const slug = slugOf(title);
  const latest = Math.max(0, ...known.map(madeAt));
  return `${stamp(Math.max(now, latest + 1_000))}-${slug}`;
}

function stamp(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replaceAll(/\D/g, "");
}

/** In epoch ms; 0 for a name that does not say. */
function madeAt(name: string): number {
  const [, year, month, day, hour, minute, second] = STAMP.exec(name) ?? [];
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) || 0;
}

function slugOf(title: string): string {
  const slug = title
    .normalize("NFC")
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{M}\p{N}]+/gu, "-")
    .replaceAll(/^-|-$/g, "");
  if (slug === "" || slug.length > MAX_LENGTH) {
    const shown = JSON.stringify(title.slice(0, MAX_LENGTH));
    throw new ConfigurationError(
      `a migration is named with letters or digits, ${MAX_LENGTH} characters at most, and not ${shown}`,
    );
  }
  return slug;
}

import {
  boolean,
  type Check,
  type Checks,
  checkOptions,
  integer,
  oneOf,
  positiveMs,
  text,
} from "../../core/check-options.ts";
import { ConfigurationError } from "../../core/errors.ts";

/** Which migrations, and how they are run. */
export interface MigrationsOptions {
  /**
   * Where their files are; a path is relative to the working directory. `new URL("./migrations/", import.meta.url)` is
   * beside the program, whether it runs from source or compiled. @default "migrations"
   */
  readonly folder?: string | URL;
  /** In which language `create` writes. @default that of the files that are there, else "ts" */
  readonly language?: "ts" | "js";
  /** How long to wait while another process migrates, in ms. @default 300_000 */
  readonly lockTimeoutMs?: number;
}

/** What `create` makes. */
export interface MigrationCreateOptions {
  /** Whether to write a migration without statements, for those written by hand, though no model changed. @default false */
  readonly blank?: boolean;
}

/** How far `up` goes. */
export interface MigrationUpOptions {
  /** The last migration to run. @default all of them */
  readonly to?: string;
}

/** How far `down` goes: by one migration, unless it is told. */
export interface MigrationDownOptions {
  /** The last migration to remain. */
  readonly to?: string;
  /** How many to undo. @default 1 */
  readonly steps?: number;
}

const place: Check = (value) =>
  value instanceof URL
    ? value.protocol === "file:"
      ? undefined
      : "a path or a file: URL"
    : text(value) && "a path or a file: URL";

const CHECKS: Checks<MigrationsOptions> = {
  folder: place,
  language: oneOf(["ts", "js"]),
  lockTimeoutMs: positiveMs,
};
const CREATE: Checks<MigrationCreateOptions> = { blank: boolean };
const UP: Checks<MigrationUpOptions> = { to: text };
const DOWN: Checks<MigrationDownOptions> = { to: text, steps: integer };

/** @throws {ConfigurationError} naming each option that is wrong. */
export function checkMigrationsOptions(options: MigrationsOptions): void {
  checkOptions(options, CHECKS, "migrations");
}

/** @throws {ConfigurationError} naming each option that is wrong. */
export function checkCreateOptions(options: MigrationCreateOptions): void {
  checkOptions(options, CREATE, "migrations.create");
}

/** @throws {ConfigurationError} naming each option that is wrong. */
export function checkUpOptions(options: MigrationUpOptions): void {
  checkOptions(options, UP, "migrations.up");
}

/** @throws {ConfigurationError} naming each option that is wrong, or that both are given. */
export function checkDownOptions(options: MigrationDownOptions): void {
  checkOptions(options, DOWN, "migrations.down");
  if (options.to !== undefined && options.steps !== undefined) {
    throw new ConfigurationError("migrations.down: to and steps both say how far to go; give one of them");
  }
}

import { randomBytes } from "node:crypto";
import type { TestContext } from "vitest";
import { skipBecause } from "../skip-without.ts";
import { query } from "./query.ts";

/** The PostgreSQL that the tests share. Its user may make schemas. */
export const postgresUrl = process.env.TSMODULES_TEST_PG_URL || "postgresql://postgres@127.0.0.1:5432/test";

/** A schema of one test's, so that tests run side by side. */
export interface TestSchema {
  readonly name: string;
  /** Connections to it find and make tables in this schema and in no other. */
  readonly url: string;
}

/** Why a PostgreSQL cannot be used; undefined where it can. */
export async function whyUnreachable(url: string): Promise<string | undefined> {
  try {
    await query(url, "select 1");
    return undefined;
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    return message || code || "no reason given";
  }
}

let problem: Promise<string | undefined> | undefined;

/** Why {@link postgresUrl} cannot be used, as people are told; undefined where it can. It is asked once. */
export async function whyNoPostgres(): Promise<string | undefined> {
  problem ??= whyUnreachable(postgresUrl);
  const why = await problem;
  if (why === undefined) return undefined;
  return `PostgreSQL does not answer at ${withoutPassword(postgresUrl)} (TSMODULES_TEST_PG_URL): ${why}`;
}

/** Skips a test aloud where {@link postgresUrl} cannot be used; fails it where nothing may be skipped. */
export async function skipWithoutPostgres(skip: TestContext["skip"]): Promise<void> {
  const reason = await whyNoPostgres();
  if (reason !== undefined) skipBecause(reason, skip);
}

/** Makes an empty schema with a name that nobody else has. */
export async function makeSchema(): Promise<TestSchema> {
  const name = `tsmodules_test_${randomBytes(8).toString("hex")}`;
  await query(postgresUrl, `create schema ${name}`);
  return { name, url: withSearchPath(postgresUrl, name) };
}

/** Drops a schema with all that is in it. A transaction left open that holds a lock there is an error. */
export async function dropSchema({ name }: TestSchema): Promise<void> {
  await query(postgresUrl, `set lock_timeout = '2s'; drop schema if exists ${name} cascade`);
}

function withSearchPath(address: string, schema: string): string {
  const url = new URL(address);
  const options = [url.searchParams.get("options"), `-c search_path=${schema}`];
  url.searchParams.set("options", options.filter(Boolean).join(" "));
  // libpq, and with it psql, does not read a plus as a space.
  url.search = url.search.replaceAll("+", "%20");
  return url.href;
}

function withoutPassword(address: string): string {
  const url = new URL(address);
  url.password = "";
  url.searchParams.delete("password");
  return url.href;
}

import { deepStrictEqual, match, ok, strictEqual } from "node:assert";
import { randomUUIDv7 } from "node:crypto";
import type { User } from "./contender.ts";
import { LIMIT, newUsers, ROWS, type UsersTable } from "./users.ts";

/** @throws {AssertionError} if a contender does anything that is measured otherwise than all must. */
export async function checkAnswers(table: UsersTable): Promise<void> {
  const { subject } = table;
  await table.fill();
  await checkCreated(table);

  const [input] = newUsers(1);
  ok(input);
  const created = plain(await subject.create(input));
  checkNew(created, input);
  deepStrictEqual(plain(await subject.getById(created.id)), created);
  strictEqual((await subject.getById(randomUUIDv7())) ?? undefined, undefined);

  await checkFound(table);
  await checkUpdated(table);
  await table.empty();
  await table.fill();
}

async function checkCreated({ subject, rows }: UsersTable): Promise<void> {
  strictEqual(new Set(rows.map(({ id }) => id)).size, ROWS);
  for (const { id, name, email } of [rows[0], rows[ROWS / 2], rows.at(-1)].filter((row) => row !== undefined))
    checkNew(plain(await subject.getById(id)), { id, name, email });
}

function checkNew(row: User, { id = row.id, name, email }: Partial<User>): void {
  const { createdAt, updatedAt } = row;
  deepStrictEqual(row, { id, createdAt, updatedAt, isDeleted: false, name, email });
  match(row.id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  for (const at of [createdAt, updatedAt]) {
    ok(at instanceof Date, `not a Date: ${at}`);
    ok(Math.abs(Date.now() - at.getTime()) < 60_000, `not now: ${at.toISOString()}`);
  }
}

async function checkFound({ subject, rows }: UsersTable): Promise<void> {
  const name = rows[3]?.name ?? "";
  const found = (await subject.findMany(name, LIMIT)).map(plain);
  strictEqual(found.length, LIMIT);
  const knownEmails = rows.filter((row) => row.name === name).map(({ email }) => email);
  for (const row of found) {
    checkNew(row, { name, email: row.email });
    ok(knownEmails.includes(row.email), `not of this name: ${row.email}`);
  }
  const times = found.map(({ createdAt }) => createdAt.getTime());
  deepStrictEqual(
    times,
    times.toSorted((a, b) => b - a),
  );
}

async function checkUpdated({ subject, rows }: UsersTable): Promise<void> {
  const [, { id = "" } = {}] = rows;
  const before = plain(await subject.getById(id));
  const updated = plain(await subject.update(id, "Renamed"));
  ok(updated.updatedAt >= before.updatedAt);
  deepStrictEqual(updated, { ...before, name: "Renamed", updatedAt: updated.updatedAt });
  deepStrictEqual(plain(await subject.getById(id)), updated);
}

/** The same row as an object of its own. */
function plain(row: User | null | undefined): User {
  ok(row, "no row");
  const prototype = Object.getPrototypeOf(row) as unknown;
  ok(prototype === Object.prototype || prototype === null, "a row is no plain object");
  return { ...row };
}

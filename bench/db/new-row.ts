import { randomUUIDv7 } from "node:crypto";
import type { NewUser, User } from "./contender.ts";

/** The whole row, where a contender leaves it to its caller to fill in what is not given. */
export function newRow({ name, email }: NewUser): User {
  const now = new Date();
  return { id: randomUUIDv7(), createdAt: now, updatedAt: now, isDeleted: false, name, email };
}

import { v7 } from "uuid";
import type { NewUser, User } from "./contender.ts";

/** The whole row, where a contender leaves it to its caller to fill in what is not given. */
export function newRow({ name, email }: NewUser): User {
  const now = new Date();
  return { id: v7(), createdAt: now, updatedAt: now, isDeleted: false, name, email };
}

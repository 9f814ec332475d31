import { defineEvent } from "tsmodules";
import { z } from "zod";

const user = z.object({ id: z.uuid(), name: z.string(), email: z.string(), createdAt: z.date() });

const errors = { EMAIL_TAKEN: z.object({ email: z.string() }) };

export class CreateUser extends defineEvent("user.create", {
  description: "Adds a user",
  input: z.object({ name: z.string().max(100), email: z.email() }),
  output: user,
  errors,
}) {}

export class GetUser extends defineEvent("user.get", {
  description: "One user",
  input: z.object({ userId: z.uuid() }),
  output: user,
}) {}

export class ListUsers extends defineEvent("user.list", {
  description: "Users by name, page by page",
  input: z.object({
    first: z.int().min(1).max(100).default(20),
    after: z.string().nullish(),
  }),
  output: z.object({ items: z.array(user), hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
}) {}

export class UpdateUser extends defineEvent("user.update", {
  description: "Changes what is given of a user",
  input: z.object({
    userId: z.uuid(),
    name: z.string().max(100).optional(),
    email: z.email().optional(),
  }),
  output: user,
  errors,
}) {}

export class DeleteUser extends defineEvent("user.delete", {
  description: "Removes a user, whom the database keeps",
  input: z.object({ userId: z.uuid() }),
}) {}

export class CountUsers extends defineEvent("user.count", {
  description: "How many users there are",
  output: z.object({ users: z.int() }),
}) {}

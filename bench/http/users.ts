import { z } from "zod";

export interface NewUser {
  name: string;
  email: string;
  age: number;
  tags: string[];
}

export interface User extends NewUser {
  id: number;
}

export interface UserSummary {
  id: number;
  name: string;
  email: string;
}

/** The schemas of all contenders that validate with zod. */
export const newUser = z.object({
  name: z.string().min(1).max(100),
  email: z.email(),
  age: z.int().min(0).max(150),
  tags: z.array(z.string()),
});
export const user = z.object({
  id: z.int(),
  name: z.string(),
  email: z.string(),
  age: z.int(),
  tags: z.array(z.string()),
});
export const userSummary = z.object({ id: z.int(), name: z.string(), email: z.string() });

/** An id out of a path, where nothing else turns its text into a number. */
export const idFromText = z.object({ id: z.coerce.number().int().positive() });
export const idAsNumber = z.object({ id: z.int().positive() });

/** The handlers of all contenders. */
export const createUser = async ({ name, email, age, tags }: NewUser): Promise<User> => ({
  id: 1,
  name,
  email,
  age,
  tags,
});
export const getUser = async (id: number): Promise<UserSummary> => ({
  id,
  name: "Ada Lovelace",
  email: "ada@example.com",
});

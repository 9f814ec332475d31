export type DatabaseName = "sqlite" | "postgresql";

/** What a new user is made of; id, timestamps and flag are filled in on the way. */
export interface NewUser {
  name: string;
  email: string;
}

/** What every contender answers with: a plain object with Dates and a boolean. */
export interface User extends NewUser {
  /** A UUID, version 7. */
  id: string;
  createdAt: Date;
  updatedAt: Date;
  isDeleted: boolean;
}

/** One way to read and write the table `users`. */
export interface Contender {
  name: string;
  on: Record<DatabaseName, Variant>;
}

/** A contender on one database, with what the figures depend on besides its own code. */
export interface Variant {
  driver: "node:sqlite" | "pg" | "sql.js" | "libSQL";
  /** When SQL is made and prepared. */
  statements: "prepared once" | "kept by SQL" | "per call";
  /** What it does in a way of its own, where that is not everything. */
  only?: OperationName[];
  /** Makes an empty table; `url` and `schema` are of PostgreSQL, where the schema is first in the `search_path`. */
  setUp(url: string, schema: string): Subject | Promise<Subject>;
}

export type OperationName = keyof Omit<Subject, "empty">;

export type Awaitable<T> = T | Promise<T>;

/** A contender made ready. */
export interface Subject {
  getById(id: string): Awaitable<User | null | undefined>;
  create(user: NewUser): Awaitable<User>;
  /** In round trips of `ROWS_PER_TRIP`; answers with the new ids in the order of `users`, be it in whole rows. */
  createMany(users: NewUser[]): Awaitable<{ id: string }[]>;
  /** The newest `limit` with this name. */
  findMany(name: string, limit: number): Awaitable<User[]>;
  /** Answers with the row as it is now. */
  update(id: string, name: string): Awaitable<User | null | undefined>;
  /** Leaves the table without rows. */
  empty(): Awaitable<unknown>;
}

export const ROWS_PER_TRIP = 1_000;

export const chunksOf = <T>(all: T[], size = ROWS_PER_TRIP): T[][] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    all.slice(index * size, (index + 1) * size),
  );

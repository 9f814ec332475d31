import type { DatabaseName, User } from "./contender.ts";

/** The table of all contenders that do not make their own; names are quoted, so that nobody has to translate them. */
export const createTable: Record<DatabaseName, string[]> = {
  sqlite: [
    `create table users (
      "id" text primary key not null,
      "createdAt" integer not null,
      "updatedAt" integer not null,
      "isDeleted" integer not null default 0,
      "name" varchar(100) not null,
      "email" varchar(255) not null unique
    )`,
    `create index users_name on users ("name")`,
  ],
  postgresql: [
    `create table users (
      "id" uuid primary key,
      "createdAt" timestamptz(3) not null,
      "updatedAt" timestamptz(3) not null,
      "isDeleted" boolean not null default false,
      "name" varchar(100) not null,
      "email" varchar(255) not null unique
    )`,
    `create index users_name on users ("name")`,
  ],
};

export const columns = ["id", "createdAt", "updatedAt", "isDeleted", "name", "email"] as const;

/** A row of SQLite, which knows neither dates (here: epoch ms) nor booleans. */
export interface SqliteRow extends Omit<User, "createdAt" | "updatedAt" | "isDeleted"> {
  createdAt: number;
  updatedAt: number;
  isDeleted: number;
}

export const toSqlite = (user: User): SqliteRow => ({
  ...user,
  createdAt: user.createdAt.getTime(),
  updatedAt: user.updatedAt.getTime(),
  isDeleted: user.isDeleted ? 1 : 0,
});

export const fromSqlite = ({ id, createdAt, updatedAt, isDeleted, name, email }: SqliteRow): User => ({
  id,
  createdAt: new Date(createdAt),
  updatedAt: new Date(updatedAt),
  isDeleted: isDeleted === 1,
  name,
  email,
});

import {
  type Database,
  defineModel,
  p,
  Repository,
  softDelete,
  timestamps,
  uuid,
  versioned,
} from "tsmodules/db";

export const User = defineModel("users", {
  ...uuid(),
  ...timestamps(),
  ...softDelete(),
  ...versioned(),
  admin: p.boolean().default(false),
  height: p.double().nullable(),
  card: () => p.oneToOne(Card).mappedBy("owner"),
});

export const Card = defineModel("cards", {
  ...uuid(),
  owner: () => p.oneToOne(User),
  holder: () => p.oneToOne(User).nullable(),
});

export const users = (db: Database) => new Repository(db, User).getAll();

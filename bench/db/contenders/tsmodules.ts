import { Database, defineModel, p, Repository, softDelete, timestamps, uuid } from "tsmodules/db";
import type { Contender, Subject } from "../contender.ts";

const User = defineModel("users", {
  ...uuid(),
  ...timestamps(),
  ...softDelete(),
  name: p.string().length(100).index(),
  email: p.string().length(255).unique(),
});

export const contenders: Contender[] = [
  {
    name: "tsmodules",
    on: {
      sqlite: { driver: "node:sqlite", statements: "kept by SQL", setUp: () => setUp("sqlite::memory:") },
      postgresql: { driver: "pg", statements: "kept by SQL", setUp },
    },
  },
];

async function setUp(url: string): Promise<Subject> {
  const db = new Database({ url, models: [User] });
  await db.connect();
  await db.recreateSchema();
  const users = new Repository(db, User);
  return {
    getById: (id) => users.getById(id),
    create: (user) => users.create(user),
    createMany: (all) => users.createMany(all),
    findMany: (name, limit) => users.findMany({ name }, { limit, orderBy: { createdAt: "desc" } }),
    update: (id, name) => users.update(id, { name }),
    empty: () => db.recreateSchema(),
  };
}

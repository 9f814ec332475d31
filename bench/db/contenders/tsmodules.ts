import type { Contender, NewUser, Subject, User, Variant } from "../contender.ts";

/** What is used here of `tsmodules/db`. */
interface DatabaseLayer {
  p: { string(): StringProperty };
  uuid(): object;
  timestamps(): object;
  softDelete(): object;
  defineModel(table: string, properties: object): object;
  Database: new (options: { url: string; models: object[] }) => Database;
  Repository: new (db: Database, model: object) => Repository;
}

interface StringProperty {
  length(length: number): StringProperty;
  unique(): StringProperty;
  index(): StringProperty;
}

interface Database {
  connect(): Promise<unknown>;
  recreateSchema(): Promise<unknown>;
}

interface Repository {
  getById(id: string): Promise<User | null>;
  create(user: NewUser): Promise<User>;
  createMany(users: NewUser[]): Promise<User[]>;
  findMany(
    where: { name: string },
    options: { limit: number; orderBy: { createdAt: "desc" } },
  ): Promise<User[]>;
  update(id: string, change: { name: string }): Promise<User | null>;
}

const layer = await importIfBuilt();

export const contenders: Contender[] = [
  {
    name: "tsmodules",
    on: {
      sqlite: variantOf("node:sqlite", () => "sqlite::memory:"),
      postgresql: variantOf("pg", (url) => url),
    },
  },
];

function variantOf(driver: Variant["driver"], urlOf: (url: string) => string): Contender["on"]["sqlite"] {
  if (layer === undefined) return { leftOut: "not built: there is no tsmodules/db (npm run build)" };
  return { driver, statements: "kept by SQL", setUp: (url) => setUp(layer, urlOf(url)) };
}

async function setUp(layer: DatabaseLayer, url: string): Promise<Subject> {
  const { defineModel, uuid, timestamps, softDelete, p, Database, Repository } = layer;
  const User = defineModel("users", {
    ...uuid(),
    ...timestamps(),
    ...softDelete(),
    name: p.string().length(100).index(),
    email: p.string().length(255).unique(),
  });
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

/** The layer, or undefined where the package does not have it or has not been built with it. */
async function importIfBuilt(): Promise<DatabaseLayer | undefined> {
  const subpath: string = "tsmodules/db";
  try {
    return (await import(subpath)) as DatabaseLayer;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ERR_PACKAGE_PATH_NOT_EXPORTED" || code === "ERR_MODULE_NOT_FOUND") return undefined;
    throw error;
  }
}

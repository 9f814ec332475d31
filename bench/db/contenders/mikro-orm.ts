import { randomUUIDv7 } from "node:crypto";
import { defineEntity, EntityCaseNamingStrategy, p, wrap } from "@mikro-orm/core";
import { PostgreSqlDriver } from "@mikro-orm/postgresql";
import {
  type AbstractSqlDriver,
  MikroORM,
  NodeSqliteDialect,
  type SqlEntityManager,
  SqliteDriver,
  type SqlOptions,
} from "@mikro-orm/sql";
import { type Contender, chunksOf, ROWS_PER_TRIP, type Subject, type Variant } from "../contender.ts";
import { newRow } from "../new-row.ts";

type SubjectOf = (orm: MikroORM<AbstractSqlDriver, SqlEntityManager>) => Subject;

/** The unit of work, with which its documentation begins; and its queries and `em.insert`, which go past that. */
export const contenders: Contender[] = [
  { name: "MikroORM", on: { sqlite: onSqlite(unitOfWork), postgresql: onPostgres(unitOfWork) } },
  {
    name: "MikroORM, query builder",
    on: { sqlite: onSqlite(queryBuilder), postgresql: onPostgres(queryBuilder) },
  },
];

const now = () => new Date();

const User = defineEntity({
  name: "User",
  tableName: "users",
  properties: {
    id: p
      .uuid()
      .primary()
      .onCreate(() => randomUUIDv7()),
    createdAt: p.datetime().length(3).onCreate(now),
    updatedAt: p.datetime().length(3).onCreate(now).onUpdate(now),
    isDeleted: p
      .boolean()
      .default(false)
      .onCreate(() => false),
    name: p.string().length(100).index(),
    email: p.string().length(255).unique(),
  },
});

function onSqlite(subjectOf: SubjectOf): Variant {
  return {
    driver: "node:sqlite",
    statements: "per call",
    setUp: async () =>
      subjectOf(
        await start({
          driver: SqliteDriver,
          dbName: ":memory:",
          driverOptions: new NodeSqliteDialect(":memory:"),
        }),
      ),
  };
}

function onPostgres(subjectOf: SubjectOf): Variant {
  return {
    driver: "pg",
    statements: "per call",
    setUp: async (clientUrl) => subjectOf(await start({ driver: PostgreSqlDriver as never, clientUrl })),
  };
}

async function start(options: SqlOptions) {
  const orm = await MikroORM.init({
    ...options,
    entities: [User],
    namingStrategy: EntityCaseNamingStrategy,
    batchSize: ROWS_PER_TRIP,
  });
  await orm.schema.create();
  return orm as MikroORM<AbstractSqlDriver, SqlEntityManager>;
}

/** Each call is a request of its own, with a fork of the entity manager as the documentation asks for. */
function unitOfWork({ em: root }: Parameters<SubjectOf>[0]): Subject {
  return {
    async getById(id) {
      const user = await root.fork().findOne(User, { id });
      return user && wrap(user).toObject();
    },
    async create(input) {
      const em = root.fork();
      const user = em.create(User, input);
      await em.flush();
      return wrap(user).toObject();
    },
    async createMany(all) {
      const em = root.fork();
      const users = all.map((input) => em.create(User, input));
      await em.flush();
      return users;
    },
    async findMany(name, limit) {
      const found = await root.fork().find(User, { name }, { limit, orderBy: { createdAt: "desc" } });
      return found.map((user) => wrap(user).toObject());
    },
    async update(id, name) {
      const em = root.fork();
      const user = await em.findOneOrFail(User, { id });
      user.name = name;
      await em.flush();
      return wrap(user).toObject();
    },
    empty: () => root.nativeDelete(User, {}),
  };
}

/** Plain rows all the way, no identity map. */
function queryBuilder({ em }: Parameters<SubjectOf>[0]): Subject {
  return {
    getById: (id) => em.createQueryBuilder(User).where({ id }).execute("get"),
    async create(input) {
      const user = newRow(input);
      await em.insert(User, user);
      return user;
    },
    async createMany(all) {
      const users = all.map(newRow);
      for (const chunk of chunksOf(users)) await em.insertMany(User, chunk);
      return users;
    },
    findMany: (name, limit) =>
      em.createQueryBuilder(User).where({ name }).orderBy({ createdAt: "desc" }).limit(limit).execute("all"),
    update: (id, name) =>
      em
        .createQueryBuilder(User)
        .update({ name, updatedAt: now() })
        .where({ id })
        .returning("*")
        .execute("get"),
    empty: () => em.nativeDelete(User, {}),
  };
}

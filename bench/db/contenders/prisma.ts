import { PrismaLibSql } from "@prisma/adapter-libsql";
import { PrismaPg } from "@prisma/adapter-pg";
import { type Contender, chunksOf, type DatabaseName, type Subject } from "../contender.ts";
import { type PrismaClient, prismaClient } from "../prisma/client.ts";
import { createTable } from "../users-table.ts";

/** Prisma's other adapter for SQLite, over better-sqlite3, would compile or download at installation. */
export const contenders: Contender[] = [
  {
    name: "Prisma",
    on: {
      sqlite: { driver: "libSQL", statements: "per call", setUp: setUpSqlite },
      postgresql: { driver: "pg", statements: "per call", setUp: setUpPostgres },
    },
  },
];

async function setUpSqlite(): Promise<Subject> {
  const prisma = await prismaClient("sqlite", new PrismaLibSql({ url: "file::memory:?cache=shared" }));
  await makeTable(prisma, "sqlite");
  return subjectOf(prisma, () => prisma.$executeRawUnsafe("delete from users"));
}

async function setUpPostgres(connectionString: string, schema: string): Promise<Subject> {
  const prisma = await prismaClient("postgresql", new PrismaPg({ connectionString }, { schema }));
  await makeTable(prisma, "postgresql");
  return subjectOf(prisma, () => prisma.$executeRawUnsafe("truncate users"));
}

async function makeTable(prisma: PrismaClient, database: DatabaseName): Promise<void> {
  for (const sql of createTable[database]) await prisma.$executeRawUnsafe(sql);
}

function subjectOf({ user: users }: PrismaClient, empty: Subject["empty"]): Subject {
  return {
    getById: (id) => users.findUnique({ where: { id } }),
    create: (data) => users.create({ data }),
    async createMany(all) {
      const rows = [];
      for (const data of chunksOf(all))
        rows.push(...(await users.createManyAndReturn({ data, select: { id: true } })));
      return rows;
    },
    findMany: (name, take) => users.findMany({ where: { name }, orderBy: { createdAt: "desc" }, take }),
    update: (id, name) => users.update({ where: { id }, data: { name } }),
    empty,
  };
}

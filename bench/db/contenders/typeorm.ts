import { randomUUIDv7 } from "node:crypto";
import { DataSource, type DataSourceOptions, EntitySchema } from "typeorm";
import { type Contender, chunksOf, type DatabaseName, type Subject, type User } from "../contender.ts";

/** Of TypeORM's drivers for SQLite on Node, sql.js is the one that neither compiles nor downloads at installation. */
export const contenders: Contender[] = [
  {
    name: "TypeORM",
    on: {
      sqlite: {
        driver: "sql.js",
        statements: "per call",
        setUp: () => setUp("sqlite", { type: "sqljs" }),
      },
      postgresql: {
        driver: "pg",
        statements: "per call",
        setUp: (url) => setUp("postgresql", { type: "postgres", url }),
      },
    },
  },
];

const timestamps: Record<DatabaseName, { type: "datetime" | "timestamptz"; precision?: number }> = {
  sqlite: { type: "datetime" },
  postgresql: { type: "timestamptz", precision: 3 },
};

const usersOf = (database: DatabaseName) =>
  new EntitySchema<User>({
    name: "User",
    tableName: "users",
    columns: {
      // It generates UUIDs of version 4 alone.
      id: { type: database === "sqlite" ? "varchar" : "uuid", primary: true },
      createdAt: { ...timestamps[database], createDate: true },
      updatedAt: { ...timestamps[database], updateDate: true },
      isDeleted: { type: "boolean", default: false },
      name: { type: "varchar", length: 100 },
      email: { type: "varchar", length: 255, unique: true },
    },
    indices: [{ columns: ["name"] }],
  });

async function setUp(database: DatabaseName, options: DataSourceOptions): Promise<Subject> {
  const User = usersOf(database);
  const source = await new DataSource({ ...options, entities: [User], synchronize: true }).initialize();
  const users = source.getRepository(User);
  return {
    getById: (id) => users.findOneBy({ id }),
    async create(input) {
      const user = users.create({ id: randomUUIDv7(), ...input });
      await users.insert(user);
      return user;
    },
    async createMany(all) {
      const rows = all.map((input) => users.create({ id: randomUUIDv7(), ...input }));
      for (const chunk of chunksOf(rows))
        await users.createQueryBuilder().insert().values(chunk).updateEntity(false).execute();
      return rows;
    },
    findMany: (name, take) => users.find({ where: { name }, order: { createdAt: "DESC" }, take }),
    async update(id, name) {
      await users.update(id, { name });
      return users.findOneBy({ id });
    },
    empty: () => users.clear(),
  };
}

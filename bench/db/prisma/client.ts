import {
  type GetPrismaClientConfig,
  getPrismaClient,
  type SqlDriverAdapterFactory,
} from "@prisma/client/runtime/client";
import type { DatabaseName, NewUser, User } from "../contender.ts";

/** What is used here of the client that Prisma generates. */
export interface PrismaClient {
  user: {
    findUnique(query: { where: { id: string } }): Promise<User | null>;
    findMany(query: {
      where: { name: string };
      orderBy: { createdAt: "desc" };
      take: number;
    }): Promise<User[]>;
    create(query: { data: NewUser }): Promise<User>;
    createManyAndReturn(query: { data: NewUser[]; select: { id: true } }): Promise<{ id: string }[]>;
    update(query: { where: { id: string }; data: { name: string } }): Promise<User>;
  };
  $executeRawUnsafe(sql: string): Promise<number>;
}

/** The client as `prisma generate` makes it, by the same call of the same values (see generate.ts). */
export async function prismaClient(
  database: DatabaseName,
  adapter: SqlDriverAdapterFactory,
): Promise<PrismaClient> {
  const { default: generated } = await generatedFor[database]();
  const config = {
    ...generated,
    previewFeatures: [],
    activeProvider: database,
    compilerWasm: { ...compilers[database], importName: "./query_compiler_fast_bg.js" },
  } as unknown as GetPrismaClientConfig;
  const Client = getPrismaClient(config);
  return new Client({ adapter } as never) as unknown as PrismaClient;
}

const generatedFor = {
  postgresql: () => import("./postgresql.json", { with: { type: "json" } }),
  sqlite: () => import("./sqlite.json", { with: { type: "json" } }),
};

/** Node has it, the types of this folder do not. */
const { Module } = (globalThis as unknown as { WebAssembly: { Module: new (code: Uint8Array) => object } })
  .WebAssembly;

const runtime = "@prisma/client/runtime/query_compiler_fast_bg";
const compilers = { postgresql: compilerOf("postgresql"), sqlite: compilerOf("sqlite") };

function compilerOf(database: DatabaseName) {
  return {
    getRuntime: () => import(`${runtime}.${database}.mjs`),
    async getQueryCompilerWasmModule() {
      const { wasm } = (await import(`${runtime}.${database}.wasm-base64.mjs`)) as { wasm: string };
      return new Module(Buffer.from(wasm, "base64"));
    },
  };
}

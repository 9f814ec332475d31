import { Client } from "pg";

/** The schemas of a run in a PostgreSQL: one for each measured process, as all have a table `users`. */
export interface Schemas {
  /** What the server says of itself. */
  server: string;
  /** Makes a schema and resolves to its name. */
  make(): Promise<string>;
  /** Drops those made by now; whoever asks while that is going on waits for it, too. */
  dropAll(): Promise<void>;
}

/** @throws {Error} if there is no server at `url`; the message has its address, not its password. */
export async function schemasAt(url: string): Promise<Schemas> {
  const run = `bench_${process.pid}_${Date.now().toString(36)}`;
  const made: string[] = [];
  let dropping = Promise.resolve();
  const version = await query(url, "show server_version").catch((cause: unknown) => {
    const { host } = new URL(url);
    throw new Error(
      `no PostgreSQL at ${host}: set TSMODULES_TEST_PG_URL, or measure with --database=sqlite`,
      {
        cause,
      },
    );
  });
  return {
    server: `PostgreSQL ${version.split(" ")[0]}`,
    async make() {
      const name = `${run}_${made.length}`;
      await query(url, `create schema ${name}`);
      made.push(name);
      return name;
    },
    dropAll() {
      dropping = dropping.then(async () => {
        for (const name of made.splice(0)) await query(url, `drop schema if exists ${name} cascade`);
      });
      return dropping;
    },
  };
}

async function query(connectionString: string, sql: string): Promise<string> {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, string>>(sql);
    return Object.values(rows[0] ?? {}).join();
  } finally {
    await client.end();
  }
}

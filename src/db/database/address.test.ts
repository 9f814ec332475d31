import { inspect } from "node:util";
import { ConfigurationError } from "tsmodules";
import { describe, expect, it } from "vitest";
import { onPostgres } from "../../../test/databases.ts";
import { postgresUrl } from "../../../test/postgres/test-database.ts";
import { Database, defineModel, Repository, sql, uuid } from "../index.ts";

const Thing = defineModel("things", { ...uuid() });

function refusal(work: () => unknown): ConfigurationError {
  try {
    work();
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("the URL of a database", () => {
  it.for([
    ["sqlite::memory:", "sqlite"],
    ["sqlite:app.db", "sqlite"],
    ["sqlite:///var/lib/app.db", "sqlite"],
    ["postgresql://localhost/shop", "postgresql"],
    ["postgres://ada:s%40crt@db.example.com:6543/shop?sslmode=require", "postgresql"],
  ])("%s leads to a %s", ([url, dialect]) => {
    expect(new Database({ url: url as string }).dialect).toBe(dialect);
  });

  it.for([
    ["app.db", /must be sqlite::memory:, sqlite:<path> or postgresql:.*, not "app.db"/],
    ["sqlite:", /names no file/],
    ["sqlite:app.db?key=s3cret", /has parameters after "sqlite:app.db", of which SQLite's has none/],
    ["mysql://root:s3cret@localhost/shop", /not "mysql:\/\/\*\*\*@localhost\/shop"/],
    ["mysql:s3cret", /not "mysql:…"/],
    ["Server=db;Password=s3cret", /not something without a scheme/],
    ["postgresql://ada:s3cret@localhost", /names no database: "postgresql:\/\/\*\*\*@localhost"/],
    ["postgresql://ada:s3cret/shop", /is no valid URL: "postgresql:…"/],
    ["postgresql://ada:s3cret@local host/shop", /is no valid URL/],
    ["postgresql://ada:%s3cret@localhost/shop", /percent-encoded/],
    ["postgresql://localhost/?password=s3cret", /names no database: "postgresql:\/\/localhost\/"/],
    ["postgresql://ada:s3cret@@localhost:port/shop", /is no valid URL/],
    [
      "postgresql://ada:s3cret@localhost/what%3F",
      /names the database "what\?"; expected a name without \? and #/,
    ],
    ["postgresql://ada:s3cret@localhost/no%231", /names the database "no#1"; expected/],
    ["postgresql://ada:s3cret@localhost/a%2F..%2Fb", /names the database "a\/..\/b"; expected/],
  ] as const)("%s is refused without a word of its password", ([url, message]) => {
    const error = refusal(() => new Database({ url }));
    expect(error.message).toMatch(message);
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain("s3cret");
  });

  it("is not shown by what is logged of a database or of something that has one", () => {
    const db = new Database({
      url: "postgresql://ada:s3cret@localhost/shop?password=s3cret",
      models: [Thing],
    });
    for (const thing of [db, new Repository(db, Thing), new Error("no", { cause: db })]) {
      expect(inspect(thing, { depth: 9, showHidden: true })).not.toContain("s3cret");
    }
  });

  it("is an option among others, each of which is refused when it is wrong", () => {
    const error = refusal(
      () => new Database({ poolSize: 0, echo: "yes", acquireTimeoutMs: -1, models: [{}], pool: 1 } as never),
    );
    expect(error.problems).toEqual([
      "Database: poolSize must be a positive integer, not 0",
      'Database: echo must be true or false, not "yes"',
      expect.stringContaining("Database: acquireTimeoutMs must be a number of milliseconds above 0"),
      expect.stringContaining("Database: models must be a list of models made by defineModel"),
      expect.stringContaining("Database: unknown option pool; there are url, models,"),
    ]);
    expect(refusal(() => new Database({} as never)).message).toMatch(/url must be a non-empty string/);
  });
});

describe("a database of the environment", () => {
  const parts = {
    TSMODULES_DB_HOST: "db.example.com",
    TSMODULES_DB_NAME: "shop",
  };

  it("is what the URL says, and what else is said", () => {
    const env = { TSMODULES_DB_URL: "sqlite::memory:", TSMODULES_DB_POOL_SIZE: "3", TSMODULES_DB_ECHO: "no" };
    expect(Database.fromEnv({ models: [Thing] }, env)).toMatchObject({ dialect: "sqlite", models: [Thing] });
  });

  it("is what the parts of a URL say", () => {
    expect(Database.fromEnv({}, parts).dialect).toBe("postgresql");
    for (const host of ["127.0.0.1", "::1", "[::1]", "/var/run/postgresql", "db"]) {
      expect(Database.fromEnv({}, { ...parts, TSMODULES_DB_HOST: host }).dialect).toBe("postgresql");
    }
  });

  it.for([
    ["db:6543", "TSMODULES_DB_HOST"],
    ["my db", "TSMODULES_DB_HOST"],
    ["ada@db", "TSMODULES_DB_HOST"],
    ["db/shop", "TSMODULES_DB_HOST"],
    ["[::1", "TSMODULES_DB_HOST"],
  ])("is never another one than the host %s", ([host, variable]) => {
    expect(refusal(() => Database.fromEnv({}, { ...parts, TSMODULES_DB_HOST: host })).message).toContain(
      `${variable} must be the name or the address of a host`,
    );
  });

  it.for(["what?", "no#1", "a/../b", "..", "."])("cannot be called %s", (name) => {
    expect(refusal(() => Database.fromEnv({}, { ...parts, TSMODULES_DB_NAME: name })).message).toContain(
      `TSMODULES_DB_NAME must be a name without ? and #, and without . and .. between slashes, not "${name}"`,
    );
  });

  it("says everything that is wrong together, and no password", () => {
    const env = {
      TSMODULES_DB_URL: "postgresql://ada:s3cret@localhost",
      TSMODULES_DB_POOL_SIZE: "many",
      TSMODULES_DB_ECHO: "perhaps",
    };
    const error = refusal(() => Database.fromEnv({}, env));
    expect(error.problems).toEqual([
      expect.stringMatching(/^TSMODULES_DB_URL names no database: "postgresql:\/\/\*\*\*@localhost"/),
      'TSMODULES_DB_POOL_SIZE must be an integer of 1 or more, not "many"',
      expect.stringContaining(
        'TSMODULES_DB_ECHO must be true, false, 1, 0, yes, no, on or off, not "perhaps"',
      ),
    ]);
    expect(inspect(error)).not.toContain("s3cret");
  });

  it.for<[why: string, env: Record<string, string>, dialect: string]>([
    ["no database is named", {}, "sqlite"],
    ["the variables are empty", { TSMODULES_DB_URL: "", TSMODULES_DB_HOST: " " }, "sqlite"],
    ["other things are said", { TSMODULES_DB_POOL_SIZE: "3" }, "sqlite"],
    ["a URL is named", { TSMODULES_DB_URL: "postgresql://localhost/shop" }, "postgresql"],
    ["a URL is named in parts", parts, "postgresql"],
  ])("may have a URL of its own where none is named: %s", ([, env, dialect]) => {
    expect(Database.fromEnv({ url: "sqlite:app.db" }, env).dialect).toBe(dialect);
  });

  it.for(["HOST", "NAME", "USER", "PORT", "PASSWORD"])(
    "is never another one than meant by the %s alone",
    (part) => {
      const env = { [`TSMODULES_DB_${part}`]: "5432" };
      expect(refusal(() => Database.fromEnv({ url: "sqlite:app.db" }, env)).message).toContain(
        "TSMODULES_DB_URL must be set, or",
      );
    },
  );

  it("says what is missing", () => {
    expect(refusal(() => Database.fromEnv({}, {})).message).toContain("TSMODULES_DB_URL must be set, or");
    const port = { TSMODULES_DB_PORT: "70000", TSMODULES_DB_HOST: "db" };
    expect(refusal(() => Database.fromEnv({}, port)).problems).toEqual([
      expect.stringContaining("TSMODULES_DB_HOST and TSMODULES_DB_NAME"),
      expect.stringContaining("TSMODULES_DB_PORT must be a port from 1 to 65535"),
    ]);
  });
});

onPostgres("the schema of a URL", ({ makeUrl }) => {
  it("is looked into by statements of one's own, beside what the URL says otherwise", async () => {
    const schema = 'tsmodules test, "quoted" and\'so on\\';
    const url = new URL(postgresUrl);
    url.searchParams.set("schema", schema);
    url.searchParams.set("options", "-c statement_timeout=1234");
    await using db = new Database({ url: url.href });
    await db.connect();
    const [row] = await db.query(
      sql`select current_setting('search_path') as path, current_setting('statement_timeout') as timeout`,
    );
    expect(row).toEqual({ path: `"${schema.replaceAll('"', '""')}"`, timeout: "1234ms" });
    expect(await makeUrl()).toContain("search_path");
  });
});

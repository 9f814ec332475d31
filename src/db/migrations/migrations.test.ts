import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { onEveryDatabase, onPostgres, onSharedDatabases } from "../../../test/databases.ts";
import { makeMigrationProject } from "../../../test/migration-files.ts";
import { ConfigurationError } from "../../core/errors.ts";
import {
  type AnyModel,
  ConnectionError,
  Database,
  DatabaseError,
  type DatabaseOptions,
  type DialectName,
  defineModel,
  identifier,
  MigrationError,
  p,
  Repository,
  sql,
  TransactionError,
  uuid,
} from "../index.ts";

const User = defineModel("users", { ...uuid(), name: p.string().length(100) });
const Post = defineModel("posts", {
  ...uuid(),
  title: p.text(),
  author: () => p.manyToOne(User).deleteRule("cascade"),
});
const one = { up: ["create table one (n integer)"], down: ["drop table one"] };
const two = { up: ["create table two (n integer)"], down: ["drop table two"] };
const three = { up: ["create table three (n integer)"], down: ["drop table three"] };

async function connect(url: string, models: readonly AnyModel[], options: Partial<DatabaseOptions> = {}) {
  const db = new Database({ ...options, url, models });
  onTestFinished(() => db.disconnect());
  await db.connect();
  return db;
}

/** A database that is nowhere: what writes migrations has no need of it. */
function unconnected(dialect: DialectName, models: readonly AnyModel[]): Database {
  const url = dialect === "sqlite" ? "sqlite:/nowhere/at.all" : "postgresql://nobody@127.0.0.1:1/nothing";
  return new Database({ url, models });
}

async function hasTable(db: Database, table: string): Promise<boolean> {
  return db.query(sql`select 1 from ${identifier(table)}`).then(
    () => true,
    () => false,
  );
}

onEveryDatabase("migrations", ({ makeUrl }) => {
  it("lead from an empty database to the models", async () => {
    const { folder } = makeMigrationProject();
    const db = await connect(await makeUrl(), [User, Post]);
    const created = await db.migrations({ folder }).create("Add users and posts");
    expect(created?.name).toMatch(/^\d{14}-add-users-and-posts$/);
    expect(created?.path).toBe(join(folder, `${created?.name}.ts`));
    expect(await db.migrations({ folder }).up()).toEqual([created?.name]);
    const user = await new Repository(db, User).create({ name: "Ada" });
    expect(await new Repository(db, Post).create({ title: "Notes", author: user.id })).toMatchObject({
      title: "Notes",
    });
  });

  it("are not written where nothing changed", async () => {
    const { folder } = makeMigrationProject();
    const db = await connect(await makeUrl(), [User]);
    const migrations = db.migrations({ folder });
    await migrations.create();
    expect(await migrations.create()).toBeNull();
    await migrations.up();
    expect(await migrations.create()).toBeNull();
  });

  it("are not written where there is no model", async () => {
    const { folder } = makeMigrationProject();
    const db = new Database({ url: await makeUrl() });
    expect(await db.migrations({ folder }).create()).toBeNull();
    expect(existsSync(folder)).toBe(false);
  });

  it("have only what changed since the last one", async () => {
    const { folder } = makeMigrationProject();
    const url = await makeUrl();
    const Older = defineModel("users", { ...uuid(), name: p.string() });
    const Newer = defineModel("users", { ...uuid(), name: p.string(), age: p.integer().nullable() });
    await new Database({ url, models: [Older] }).migrations({ folder }).create();
    const created = await new Database({ url, models: [Newer] }).migrations({ folder }).create("Add age");
    expect(created?.statements).toHaveLength(1);
    expect(created?.statements[0]).toMatch(/^alter table .users. add .*age/);
  });

  it("keep the rows of a table that they change, and those that refer to it", async () => {
    const { folder } = makeMigrationProject();
    const Changed = defineModel("users", {
      ...uuid(),
      fullName: p.string().length(100),
      age: p.integer().default(30),
      kind: p.enum(["reader", "writer"]).default("reader"),
    });
    const SamePost = defineModel("posts", {
      ...uuid(),
      title: p.text(),
      author: () => p.manyToOne(Changed).deleteRule("cascade"),
    });
    const db = await connect(await makeUrl(), [User, Post]);
    await db.migrations({ folder }).create();
    await db.migrations({ folder }).up();
    const user = await new Repository(db, User).create({ name: "Ada" });
    await new Repository(db, Post).create({ title: "Notes", author: user.id });

    await unconnected(db.dialect, [Changed, SamePost]).migrations({ folder }).create();
    await db.migrations({ folder }).up();
    const users = await db.query(sql`select full_name, age, kind from users`);
    expect(users).toEqual([{ full_name: "Ada", age: 30, kind: "reader" }]);
    expect(await new Repository(db, Post).count()).toBe(1);
    await db.migrations({ folder }).down();
    expect(await new Repository(db, User).getAll()).toMatchObject([{ name: "Ada" }]);
    expect(await new Repository(db, Post).count()).toBe(1);
  });

  it("keep indexes and triggers that were written by hand, and drop what the models drop", async () => {
    const { folder } = makeMigrationProject();
    const Indexed = defineModel("users", { ...uuid(), name: p.string().index("by_name").unique("one_name") });
    const Changed = defineModel("users", {
      ...uuid(),
      name: p.string().unique("one_name"),
      size: p.integer(),
    });
    const db = await connect(await makeUrl(), [Indexed]);
    await db.migrations({ folder }).create();
    await db.migrations({ folder }).up();
    await db.execute(sql`create unique index by_hand on users (lower(name))`);
    if (db.dialect === "sqlite") {
      await db.execute(
        sql`create trigger guard before delete on users begin select raise(abort, 'guarded'); end`,
      );
    }
    await unconnected(db.dialect, [Changed]).migrations({ folder }).create();
    await db.migrations({ folder }).up();
    const found =
      db.dialect === "sqlite"
        ? sql`select name from sqlite_master where type = 'index' and sql is not null order by name`
        : sql`select indexname as name from pg_indexes where tablename = 'users' and schemaname = current_schema()
            and indexname <> 'users_pkey' order by 1`;
    expect(await db.query(found)).toEqual([{ name: "by_hand" }, { name: "one_name" }]);
    await db.execute(
      sql`insert into users (id, name, size) values ('00000000-0000-7000-8000-000000000000', 'Ada', 1)`,
    );
    if (db.dialect === "sqlite") await expect(db.execute(sql`delete from users`)).rejects.toThrow("guarded");
  });

  it("add a column that has to have a value, and drop a relation", async () => {
    const { folder } = makeMigrationProject();
    const Other = defineModel("posts", { ...uuid(), title: p.text(), length: p.integer() });
    const db = await connect(await makeUrl(), [User, Post]);
    await db.migrations({ folder }).create();
    await unconnected(db.dialect, [User, Other]).migrations({ folder }).create();
    await db.migrations({ folder }).up();
    expect(await db.query(sql`select title, length from posts`)).toEqual([]);
    await db.migrations({ folder }).down();
    expect(await db.query(sql`select title, author_id from posts`)).toEqual([]);
  });

  it("run in the order of their names, each once", async () => {
    const project = makeMigrationProject();
    project.migration("2-two", two);
    project.migration("1-one", one);
    const migrations = (await connect(await makeUrl(), [])).migrations({ folder: project.folder });
    expect(await migrations.up()).toEqual(["1-one", "2-two"]);
    expect(await migrations.up()).toEqual([]);
  });

  it("run as far as they are told", async () => {
    const project = makeMigrationProject();
    project.migration("1-one", one);
    project.migration("2-two", two);
    project.migration("3-three", three);
    const db = await connect(await makeUrl(), []);
    const migrations = db.migrations({ folder: project.folder });
    expect(await migrations.up({ to: "2-two" })).toEqual(["1-one", "2-two"]);
    expect(await hasTable(db, "three")).toBe(false);
    await expect(migrations.up({ to: "4-four" })).rejects.toThrow('there is no migration "4-four"');
  });

  it("are undone from the last one back", async () => {
    const project = makeMigrationProject();
    project.migration("1-one", one);
    project.migration("2-two", two);
    project.migration("3-three", three);
    const db = await connect(await makeUrl(), []);
    const migrations = db.migrations({ folder: project.folder });
    await migrations.up();
    expect(await migrations.down()).toEqual(["3-three"]);
    expect(await hasTable(db, "three")).toBe(false);
    expect(await migrations.up()).toEqual(["3-three"]);
    expect(await migrations.down({ steps: 2 })).toEqual(["3-three", "2-two"]);
    await migrations.up();
    expect(await migrations.down({ to: "1-one" })).toEqual(["3-three", "2-two"]);
    await expect(migrations.down({ to: "2-two" })).rejects.toThrow('"2-two" is no migration that was run');
    expect(await migrations.down({ steps: 9 })).toEqual(["1-one"]);
  });

  it("are not undone where there is nothing to undo", async () => {
    const project = makeMigrationProject();
    project.migration("1-one", one);
    expect(await (await connect(await makeUrl(), [])).migrations({ folder: project.folder }).down()).toEqual(
      [],
    );
  });

  it("say which were run, and when, and which were not", async () => {
    const project = makeMigrationProject();
    project.migration("1-one", one);
    project.migration("2-two", two);
    const migrations = (await connect(await makeUrl(), [])).migrations({ folder: project.folder });
    expect(await migrations.status()).toEqual({ executed: [], pending: ["1-one", "2-two"], missing: [] });
    const before = Date.now();
    await migrations.up({ to: "1-one" });
    const { executed, pending } = await migrations.status();
    expect(executed.map(({ name }) => name)).toEqual(["1-one"]);
    expect(executed[0]?.at.getTime()).toBeGreaterThanOrEqual(before);
    expect(executed[0]?.at.getTime()).toBeLessThanOrEqual(Date.now());
    expect(pending).toEqual(["2-two"]);
  });

  it("change nothing by telling how far they are", async () => {
    const project = makeMigrationProject();
    project.migration("1-one", one);
    const db = await connect(await makeUrl(), []);
    await db.migrations({ folder: project.folder }).status();
    expect(await hasTable(db, "tsmodules_migrations")).toBe(false);
  });

  it("leave nothing behind when they fail, say why, and stop", async () => {
    const project = makeMigrationProject();
    project.migration("1-one", one);
    project.migration("2-two", { up: [...two.up, "insert into nowhere values ('a secret')"] });
    project.migration("3-three", three);
    const db = await connect(await makeUrl(), []);
    const migrations = db.migrations({ folder: project.folder });
    const error = await migrations.up().catch((thrown) => thrown);
    expect(error).toBeInstanceOf(MigrationError);
    expect(error.migration).toBe("2-two");
    expect(error.message).toMatch(
      /^migration "2-two" failed and left nothing behind: .*nowhere.*; in insert into nowhere values \(\?\)$/,
    );
    expect(await hasTable(db, "one")).toBe(true);
    expect(await hasTable(db, "two")).toBe(false);
    expect(await hasTable(db, "three")).toBe(false);
    expect(await migrations.status()).toMatchObject({
      executed: [{ name: "1-one" }],
      pending: ["2-two", "3-three"],
    });
  });

  it("leave nothing behind of what they did by code either", async () => {
    const project = makeMigrationProject();
    project.migration("1-one", one);
    project.migration("2-fill", {
      members: `async up() {
        await this.execute("insert into one values (?)", [1]);
        await this.getEntityManager().execute("insert into one values (2)");
        throw new Error("on second thoughts");
      }`,
    });
    const db = await connect(await makeUrl(), []);
    const up = db.migrations({ folder: project.folder }).up();
    await expect(up).rejects.toThrow('"2-fill" failed and left nothing behind: on second thoughts');
    expect(await db.query(sql`select n from one`)).toEqual([]);
  });

  it("are rolled back where a failure was swallowed", async () => {
    const project = makeMigrationProject();
    project.migration("1-one", one);
    project.migration("2-fill", {
      members: `async up() {
        await this.execute("insert into one values (1)");
        await this.execute("insert into nowhere values (1)").catch(() => {});
      }`,
    });
    const db = await connect(await makeUrl(), []);
    const up = db.migrations({ folder: project.folder }).up();
    await expect(up).rejects.toThrow(MigrationError);
    expect(await db.query(sql`select n from one`)).toEqual([]);
  });

  it("may fill tables", async () => {
    const project = makeMigrationProject();
    project.migration("1-one", one);
    project.migration("2-fill", {
      up: ["insert into one values (1); insert into one values (2)", "update one set n = n + 1 /* ? $1 */"],
    });
    const db = await connect(await makeUrl(), []);
    await db.migrations({ folder: project.folder }).up();
    expect(await db.query(sql`select n from one order by n`)).toEqual([{ n: 2 }, { n: 3 }]);
  });

  it("that nobody wrote a down for cannot be undone", async () => {
    const project = makeMigrationProject();
    project.migration("1-one", { up: one.up });
    const db = await connect(await makeUrl(), []);
    const migrations = db.migrations({ folder: project.folder });
    await migrations.up();
    await expect(migrations.down()).rejects.toThrow(
      'migration "1-one" failed and left nothing behind: This migration cannot be reverted',
    );
    expect(await migrations.status()).toMatchObject({ executed: [{ name: "1-one" }] });
  });

  it("whose file is gone stay run, and cannot be undone", async () => {
    const project = makeMigrationProject();
    const file = project.migration("1-one", one);
    project.migration("2-two", two);
    const db = await connect(await makeUrl(), []);
    const migrations = db.migrations({ folder: project.folder });
    await migrations.up();
    rmSync(file);
    expect(await migrations.status()).toMatchObject({
      executed: [{ name: "1-one" }, { name: "2-two" }],
      missing: ["1-one"],
    });
    expect(await migrations.up()).toEqual([]);
    await expect(migrations.down({ steps: 2 })).rejects.toThrow('migration "1-one" has no file in');
    expect(await hasTable(db, "two")).toBe(true);
  });

  it("of another database are refused before any is run", async () => {
    const project = makeMigrationProject();
    const db = await connect(await makeUrl(), []);
    const other = db.dialect === "sqlite" ? "postgresql" : "sqlite";
    project.migration("1-one", { ...one, dialect: db.dialect });
    project.migration("2-two", { ...two, dialect: other });
    await expect(db.migrations({ folder: project.folder }).up()).rejects.toThrow(
      `migration "2-two" was made for ${other}, and this database is ${db.dialect}`,
    );
    expect(await hasTable(db, "one")).toBe(false);
  });

  it.each([
    { what: "no class", source: "export const up = 1;", problem: "does not export a class with a method up" },
    { what: "broken code", source: "export default class {", problem: "cannot be imported" },
  ])("with $what are refused before any is run", async ({ source, problem }) => {
    const project = makeMigrationProject();
    project.migration("1-one", one);
    project.write("migrations/2-two.ts", source);
    const db = await connect(await makeUrl(), []);
    await expect(db.migrations({ folder: project.folder }).up()).rejects.toThrow(problem);
    expect(await hasTable(db, "one")).toBe(false);
  });

  it("and tables made anew leave each other alone", async () => {
    const { folder } = makeMigrationProject();
    const db = await connect(await makeUrl(), [User]);
    const migrations = db.migrations({ folder });
    const created = await migrations.create();
    await migrations.up();
    await db.recreateSchema();
    expect(await migrations.status()).toMatchObject({ executed: [{ name: created?.name }], pending: [] });
    expect(await migrations.up()).toEqual([]);
    expect(await new Repository(db, User).count()).toBe(0);
    expect(await migrations.create()).toBeNull();
  });

  it("are not run inside of a transaction", async () => {
    const project = makeMigrationProject();
    project.migration("1-one", one);
    const db = await connect(await makeUrl(), []);
    const inside = db.transaction(() => db.migrations({ folder: project.folder }).up());
    await expect(inside).rejects.toBeInstanceOf(TransactionError);
  });

  it("find foreign keys enforced after them as before", async () => {
    const project = makeMigrationProject();
    project.migration("1-parents", {
      up: [
        "create table parents (id integer primary key)",
        "create table children (parent integer references parents (id))",
      ],
    });
    project.migration("2-orphan", { up: ["insert into children values (1)"] });
    const db = await connect(await makeUrl(), []);
    await expect(db.migrations({ folder: project.folder }).up()).rejects.toThrow(
      /migration "2-orphan" .*(?:refer to rows of "parents" that are not there|a row that it refers to is not there)/,
    );
    await expect(db.execute(sql`insert into children values (1)`)).rejects.toBeInstanceOf(DatabaseError);
  });

  it("find foreign keys enforced after one that left a transaction open", async () => {
    const project = makeMigrationProject();
    project.migration("1-parents", {
      up: [
        "create table parents (id integer primary key)",
        "create table children (parent integer references parents (id))",
      ],
    });
    project.migration("2-open", {
      members: `async up() {
        await new Promise((begun) => {
          const forever = () => { begun(); return new Promise(() => {}); };
          this.getEntityManager().transactional(forever).catch(() => {});
        });
        throw new Error("no");
      }`,
    });
    const db = await connect(await makeUrl(), [User], { acquireTimeoutMs: 100 });
    await expect(db.migrations({ folder: project.folder }).up()).rejects.toThrow('migration "2-open"');
    await expect(db.execute(sql`insert into children values (1)`)).rejects.toThrow("a row that it refers to");
  });

  it("need a connection to be run", async () => {
    const project = makeMigrationProject();
    project.migration("1-one", one);
    const db = new Database({ url: await makeUrl() });
    await expect(db.migrations({ folder: project.folder }).up()).rejects.toBeInstanceOf(ConnectionError);
    await expect(db.migrations({ folder: project.folder }).status()).rejects.toBeInstanceOf(ConnectionError);
  });
});

describe("the files of migrations", () => {
  const open = () => connect("sqlite::memory:", [User]);

  it("are TypeScript that is readable", async () => {
    const { folder } = makeMigrationProject();
    const created = await (await open()).migrations({ folder }).create();
    expect(readFileSync(created?.path ?? "", "utf8")).toBe(`import { Migration } from "@mikro-orm/migrations";

export default class extends Migration {
  static readonly dialect = "sqlite";

  override up() {
    this.addSql(\`create table "users" (
      "id" text not null primary key,
      "name" text not null
    )\`);
  }

  override down() {
    this.addSql(\`drop table if exists "users"\`);
  }
}
`);
  });

  it("are JavaScript where one wants that, and from then on", async () => {
    const { folder } = makeMigrationProject();
    const db = await open();
    const first = await db.migrations({ folder, language: "js" }).create();
    const second = await db.migrations({ folder }).create("By hand", { blank: true });
    expect([first?.path, second?.path]).toEqual([
      join(folder, `${first?.name}.js`),
      join(folder, `${second?.name}.js`),
    ]);
    expect(await db.migrations({ folder }).up()).toEqual([first?.name, second?.name]);
  });

  it("are the same migrations when they are compiled", async () => {
    const project = makeMigrationProject();
    const db = await open();
    project.migration("1-one", one);
    await db.migrations({ folder: project.folder }).up();
    const compiled = `import { Migration } from "@mikro-orm/migrations";
      export default class extends Migration { up() {} down() { this.addSql("drop table one"); } }`;
    project.write("dist/migrations/1-one.js", compiled);
    project.write("dist/migrations/1-one.d.ts", "export {};");
    project.write("dist/migrations/1-one.js.map", "{}");
    const folder = pathToFileURL(join(project.path, "dist/migrations/"));
    expect(await db.migrations({ folder }).status()).toMatchObject({ pending: [], missing: [] });
    expect(await db.migrations({ folder }).down()).toEqual(["1-one"]);
  });

  it("count once where both are in one folder", async () => {
    const project = makeMigrationProject();
    project.migration("1-one", one);
    project.write("migrations/1-one.js", "throw new Error('stale')");
    const db = await open();
    expect(await db.migrations({ folder: project.folder }).up()).toEqual(["1-one"]);
  });

  it.each([
    { title: "Add users' e-mail / phone", slug: "add-users-e-mail-phone" },
    { title: "../../etc/passwd", slug: "etc-passwd" },
    { title: "Größe ändern", slug: "größe-ändern" },
    { title: `\`rm -rf ~\`; drop table "users" $\{x}`, slug: "rm-rf-drop-table-users-x" },
    { title: "a\0b\nc", slug: "a-b-c" },
  ])("are named by letters and digits, such as $slug", async ({ title, slug }) => {
    const { folder } = makeMigrationProject();
    const db = await open();
    const created = await db.migrations({ folder }).create(title);
    expect(created?.name.slice(15)).toBe(slug);
    expect(readdirSync(folder)).toContain(`${created?.name}.ts`);
    expect(await db.migrations({ folder }).up()).toEqual([created?.name]);
  });

  it.each(["", "---", "🙂", "a".repeat(101)])("are not named %j", async (title) => {
    const { folder } = makeMigrationProject();
    await expect((await open()).migrations({ folder }).create(title)).rejects.toBeInstanceOf(
      ConfigurationError,
    );
    expect(existsSync(folder)).toBe(false);
  });

  it("come after those that are there, though they are made in the same second", async () => {
    const { folder } = makeMigrationProject();
    const migrations = (await open()).migrations({ folder });
    const names: (string | undefined)[] = [];
    for (const title of ["c", "b", "a"]) names.push((await migrations.create(title, { blank: true }))?.name);
    expect(names.toSorted()).toEqual(names);
    expect(new Set(names).size).toBe(3);
  });

  it("keep strings as they are, whatever is in them", async () => {
    const { folder } = makeMigrationProject();
    const text = `\`$\{a}\` \\ (b, c); "d"\n  e;\nf`;
    const Odd = defineModel("odd", { ...uuid(), text: p.text().default(text) });
    const db = await connect("sqlite::memory:", [Odd]);
    await db.migrations({ folder }).create();
    await db.migrations({ folder }).up();
    await db.execute(sql`insert into odd (id) values ('1')`);
    expect(await db.query(sql`select text from odd`)).toEqual([{ text }]);
  });

  it("are missed where their folder is not there", async () => {
    const { path } = makeMigrationProject();
    const migrations = (await open()).migrations({ folder: join(path, "nowhere") });
    for (const use of ["up", "down", "status"] as const) {
      await expect(migrations[use]()).rejects.toThrow(
        `there is no folder ${join(path, "nowhere")}; the first migration`,
      );
    }
  });

  it("are missed where their folder has only folders", async () => {
    const project = makeMigrationProject();
    const migrations = (await open()).migrations({ folder: project.folder });
    project.write("migrations/sqlite/1-one.ts", "export {}");
    project.write("migrations/postgresql/1-one.ts", "export {}");
    project.write("migrations/README.md", "Those of each database");
    for (const use of ["up", "down", "status"] as const) {
      await expect(migrations[use]()).rejects.toThrow(
        new ConfigurationError(
          `migrations: ${project.folder} has no migrations, only folders (postgresql, sqlite): ` +
            "those of each database have a folder of their own",
        ),
      );
    }
  });

  it("may be none yet, or have folders beside them", async () => {
    const project = makeMigrationProject();
    const migrations = (await open()).migrations({ folder: project.folder });
    project.write("migrations/README.md", "None yet");
    expect(await migrations.up()).toEqual([]);
    project.write("migrations/helpers/fill.ts", "export {}");
    const created = await migrations.create();
    expect(await migrations.up()).toEqual([created?.name]);
  });

  it("of two databases do not share a folder", async () => {
    const { folder } = makeMigrationProject();
    await (await open()).migrations({ folder }).create();
    const postgres = unconnected("postgresql", [User]);
    await expect(postgres.migrations({ folder }).create()).rejects.toThrow(
      "has migrations for sqlite; those for postgresql need a folder of their own",
    );
  });

  it("are not added to without the snapshot of what they lead to", async () => {
    const { folder } = makeMigrationProject();
    const migrations = (await open()).migrations({ folder });
    await migrations.create();
    renameSync(join(folder, "snapshot.sqlite.json"), join(folder, "lost.json"));
    await expect(migrations.create("more", { blank: true })).rejects.toThrow("no snapshot.sqlite.json");
  });

  it("are not added to one that was thrown away, while the snapshot knows of it", async () => {
    const { folder } = makeMigrationProject();
    const db = await open();
    const created = await db.migrations({ folder }).create();
    rmSync(created?.path ?? "");
    const again = db.migrations({ folder }).create();
    await expect(again).rejects.toThrow(`has no file for "${created?.name}"`);
    rmSync(join(folder, "snapshot.sqlite.json"));
    expect((await db.migrations({ folder }).create())?.statements).toEqual(created?.statements);
  });

  it("warn of a column that rows which are there already have no value for", async () => {
    const { folder } = makeMigrationProject();
    const before = defineModel("users", { ...uuid(), name: p.string() });
    const after = defineModel("users", {
      ...uuid(),
      name: p.string(),
      age: p.integer(),
      nick: p.string().nullable(),
      points: p.integer().default(0),
      seen: p.datetime().defaultRaw("current_timestamp"),
    });
    for (const dialect of ["sqlite", "postgresql"] as const) {
      const options = { folder: join(folder, dialect) };
      expect((await unconnected(dialect, [before]).migrations(options).create())?.warnings).toEqual([]);
      expect((await unconnected(dialect, [after]).migrations(options).create())?.warnings).toEqual([
        expect.stringMatching(/^users\.age is required and has no default/),
      ]);
    }
  });

  it.each(["sqlite", "postgresql"] as const)(
    "warn of tables and columns that are dropped: %s",
    async (dialect) => {
      const { folder } = makeMigrationProject();
      const Product = defineModel("products", { ...uuid(), weight: p.integer().default(100) });
      const Changed = defineModel("products", { ...uuid(), rating: p.integer().default(0) });
      await unconnected(dialect, [Product, User]).migrations({ folder }).create();
      const created = await unconnected(dialect, [Changed]).migrations({ folder }).create();
      expect(created?.warnings).toEqual([
        "users is dropped, with what is in it",
        "products.weight is dropped, with what is in it",
      ]);
    },
  );

  it.each(["sqlite", "postgresql"] as const)("warn of what is taken for a new name: %s", async (dialect) => {
    const { folder } = makeMigrationProject();
    const Product = defineModel("products", { ...uuid(), title: p.string() });
    const Changed = defineModel("products", { ...uuid(), subtitle: p.string() });
    await unconnected(dialect, [Product]).migrations({ folder }).create();
    const created = await unconnected(dialect, [Changed]).migrations({ folder }).create();
    expect(created?.statements).toEqual([expect.stringMatching(/rename column/)]);
    expect(created?.warnings).toEqual([
      "products.title becomes products.subtitle, with what is in it: " +
        "if that is not meant, drop the one and add the other",
    ]);
  });

  it.each(["sqlite", "postgresql"] as const)("warn of each change of one table: %s", async (dialect) => {
    const { folder } = makeMigrationProject();
    const kept = { ...uuid(), stock: p.integer() };
    const Product = defineModel("products", { ...kept, title: p.string(), weight: p.float() });
    const Changed = defineModel("products", { ...kept, subtitle: p.string(), size: p.integer() });
    await unconnected(dialect, [Product]).migrations({ folder }).create();
    const created = await unconnected(dialect, [Changed]).migrations({ folder }).create();
    expect(created?.statements.join().includes("__temp_alter")).toBe(dialect === "sqlite");
    expect(created?.warnings).toEqual([
      "products.weight is dropped, with what is in it",
      expect.stringMatching(/^products\.title becomes products\.subtitle,/),
      expect.stringMatching(/^products\.size is required and has no default/),
    ]);
  });

  it.each(["sqlite", "postgresql"] as const)("do not warn of a computed column: %s", async (dialect) => {
    const { folder } = makeMigrationProject();
    const kept = { ...uuid(), width: p.integer() };
    const Box = defineModel("boxes", {
      ...kept,
      area: p.integer().generated("(width * width) stored").nullable(),
    });
    await unconnected(dialect, [Box]).migrations({ folder }).create();
    const created = await unconnected(dialect, [defineModel("boxes", kept)])
      .migrations({ folder })
      .create();
    expect(created?.statements.join()).toContain("area");
    expect(created?.warnings).toEqual([]);
  });

  it("are asked for with options that are known", async () => {
    const db = await open();
    expect(() => db.migrations({ folder: "" })).toThrow("folder must be a path or a file: URL");
    expect(() => db.migrations({ folder: new URL("https://example.com/") })).toThrow(ConfigurationError);
    expect(() => db.migrations({ dir: "x" } as object)).toThrow("dir");
    await expect(db.migrations().down({ to: "a", steps: 1 })).rejects.toThrow("give one of them");
  });
});

describe("migrations on SQLite", () => {
  it("say which index written by hand does not fit a table any more", async () => {
    const { folder } = makeMigrationProject();
    const Changed = defineModel("users", { ...uuid(), size: p.integer() });
    const db = await connect("sqlite::memory:", [User]);
    await db.migrations({ folder }).create();
    await db.migrations({ folder }).up();
    await db.execute(sql`create index by_hand on users (name)`);
    await unconnected(db.dialect, [Changed]).migrations({ folder }).create();
    await expect(db.migrations({ folder }).up()).rejects.toThrow(
      /left nothing behind: .*name; in create index by_hand/i,
    );
  });

  it("have no use for a migration without a transaction", async () => {
    const project = makeMigrationProject();
    project.migration("1-one", { ...one, members: "override isTransactional() { return false; }" });
    const db = await connect("sqlite::memory:", []);
    await expect(db.migrations({ folder: project.folder }).up()).rejects.toThrow("SQLite has no use for");
  });
});

onPostgres("migrations", ({ makeUrl }) => {
  it("may do what no transaction can", async () => {
    const project = makeMigrationProject();
    project.migration("1-one", one);
    project.migration("2-index", {
      up: ["create index concurrently one_n on one (n)"],
      members: "override isTransactional() { return false; }",
    });
    const db = await connect(await makeUrl(), []);
    expect(await db.migrations({ folder: project.folder }).up()).toEqual(["1-one", "2-index"]);
    expect(await db.query(sql`select to_regclass('one_n')::text as name`)).toEqual([{ name: "one_n" }]);
  });

  it("say that what no transaction can do needs two connections", async () => {
    const project = makeMigrationProject();
    project.migration("1-one", { ...one, members: "override isTransactional() { return false; }" });
    const db = await connect(await makeUrl(), [], { poolSize: 1 });
    await expect(db.migrations({ folder: project.folder }).up()).rejects.toMatchObject({
      code: "MIGRATION",
      message: expect.stringContaining("poolSize has to be 2 or more"),
    });
  });

  it("go to the schema that the URL names, and make it", async () => {
    const { folder } = makeMigrationProject();
    const url = new URL(await makeUrl());
    const schema = `${/search_path=(\w+)/.exec(decodeURIComponent(url.search))?.[1]}_other`;
    url.search = `schema=${schema}`;
    const db = await connect(url.href, [User]);
    onTestFinished(async () => {
      const cleaner = await connect(url.href, []);
      await cleaner.execute(sql`drop schema ${identifier(schema)} cascade`);
    });
    const created = await db.migrations({ folder }).create();
    expect(created?.statements.join()).not.toContain(schema);
    await db.migrations({ folder }).up();
    const tables = await db.query(
      sql`select table_name as name from information_schema.tables where table_schema = ${schema} order by 1`,
    );
    expect(tables).toEqual([{ name: "tsmodules_migrations" }, { name: "users" }]);
  });
});

onSharedDatabases("migrations", ({ makeUrl }) => {
  it("wait for somebody else's no longer than they are told", async () => {
    const project = makeMigrationProject();
    const gate = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    Object.assign(globalThis, { slowMigration: { gate: gate.promise, begun: begun.resolve } });
    onTestFinished(() => {
      Reflect.deleteProperty(globalThis, "slowMigration");
    });
    project.migration("1-slow", {
      members:
        "async up() { slowMigration.begun(); await slowMigration.gate; this.addSql('create table one (n integer)'); }",
    });
    const url = await makeUrl();
    const first = await connect(url, []);
    const second = await connect(url, [], { busyTimeoutMs: 10 });
    const running = first.migrations({ folder: project.folder }).up();
    await begun.promise;
    const impatient = second.migrations({ folder: project.folder, lockTimeoutMs: 50 }).up();
    await expect(impatient).rejects.toThrow("has been migrating this database for more than 50 ms");
    const patient = second.migrations({ folder: project.folder }).up();
    gate.resolve();
    expect(await running).toEqual(["1-slow"]);
    expect(await patient).toEqual([]);
  });
});

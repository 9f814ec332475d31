import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { onSharedDatabases } from "../../../test/databases.ts";
import { makeMigrationProject } from "../../../test/migration-files.ts";

const program = fileURLToPath(new URL("./main.ts", import.meta.url));
const config = `
import { Database, defineModel, p, uuid } from "tsmodules/db";

const User = defineModel("users", { ...uuid(), name: p.string() });
export default Database.fromEnv({ models: [User] });
`;

/** What the command says, and how it ends. */
async function run(cwd: string, args: readonly string[], environment: Record<string, string> = {}) {
  const child = spawn(process.execPath, ["--conditions=@tsmodules/source", program, ...args], {
    cwd,
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const closed = new Promise<number | null>((resolve) => child.on("close", resolve));
  const [code, out, error] = await Promise.all([closed, text(child.stdout), text(child.stderr)]);
  return { code, out, error };
}

onSharedDatabases("tsmodules-db", ({ makeUrl }) => {
  it("creates, runs, tells of and undoes migrations", { timeout: 60_000 }, async () => {
    const project = makeMigrationProject();
    project.write("tsmodules-db.config.ts", config);
    const environment = { TSMODULES_DB_URL: await makeUrl() };
    const command = (...args: string[]) => run(project.path, args, environment);
    expect(await command("create", "Add users")).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^wrote migrations\/\d{14}-add-users\.ts: read it before you run it\n$/),
    });
    expect((await command("create")).out).toMatch(/^nothing changed/);
    expect((await command("status")).out).toMatch(/^pending {3}\d{14}-add-users\n$/);
    expect((await command("up")).out).toMatch(/^ran \d{14}-add-users\n$/);
    expect((await command("up")).out).toBe("nothing to run\n");
    expect((await command("status")).out).toMatch(/^executed {2}\d{14}-add-users {2}\d{4}-.*Z\n$/);
    expect((await command("down", "--steps", "2")).out).toMatch(/^undid \d{14}-add-users\n$/);
    expect(await command("down")).toMatchObject({ code: 0, out: "nothing to undo\n" });
  });

  it("says which migration failed, without a stack", { timeout: 60_000 }, async () => {
    const project = makeMigrationProject();
    project.write("tsmodules-db.config.ts", config);
    project.migration("1-broken", { up: ["create nonsense"] });
    const { code, error } = await run(project.path, ["up"], { TSMODULES_DB_URL: await makeUrl() });
    expect(code).toBe(1);
    expect(error).toMatch(
      /^(?!.*\n +at ).*tsmodules-db: migration "1-broken" failed and left nothing behind: .*nonsense.*\n$/s,
    );
  });
});

describe("tsmodules-db", () => {
  it("explains itself", async () => {
    const { path } = makeMigrationProject();
    expect(await run(path, ["--help"])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^Usage: tsmodules-db/),
    });
  });

  it.each([
    { args: ["upp"], problem: "not upp" },
    { args: ["toString"], problem: "not toString" },
    { args: ["--to", "x"], problem: "there is none" },
    { args: ["up", "--steps", "1"], problem: "up has no option --steps" },
    { args: ["up", "--force"], problem: "--force" },
    { args: ["down", "--steps", "many"], problem: "--steps is an integer of 1 or more, not many" },
    { args: ["create", "Add", "users"], problem: "quote a name of several words" },
    { args: ["status", "all"], problem: 'status does not take "all"' },
  ])("does not understand $args", async ({ args, problem }) => {
    const { path } = makeMigrationProject();
    const { code, out, error } = await run(path, args);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(error).toContain(problem);
    expect(error).toContain("see tsmodules-db --help");
    expect(error).not.toMatch(/\n +at /);
  });

  it.each([
    { what: "there is none", file: undefined, args: [], problem: "there is no tsmodules-db.config.ts" },
    {
      what: "it is not where it should be",
      file: undefined,
      args: ["--config", "x.ts"],
      problem: "there is no file",
    },
    { what: "it is broken", file: "export default {", args: [], problem: "cannot load" },
    {
      what: "it gives something else",
      file: "export default {}",
      args: [],
      problem: "is a Database of tsmodules/db",
    },
    {
      what: "the environment does not say where the database is",
      file: config,
      args: [],
      problem: "TSMODULES_DB_URL must be set",
    },
  ])("says what is wrong with its configuration: $what", async ({ file, args, problem }) => {
    const project = makeMigrationProject();
    if (file !== undefined) project.write("tsmodules-db.config.ts", file);
    const { code, error } = await run(project.path, ["status", ...args]);
    expect(code).toBe(1);
    expect(error).toContain(problem);
    expect(error).not.toMatch(/\n +at /);
  });

  it("takes a configuration of another name, in JavaScript, that gives the database later", async () => {
    const project = makeMigrationProject();
    project.write(
      "tools/database.mjs",
      `import { Database } from "tsmodules/db";
       setInterval(() => {}, 1_000);
       export default async () => new Database({ url: "sqlite::memory:" });`,
    );
    project.write("elsewhere/1-one.ts", "export {}");
    const args = ["status", "--config", "tools/database.mjs", "--folder", "elsewhere"];
    expect(await run(project.path, args)).toMatchObject({ code: 0, out: "pending   1-one\n" });
  });

  it.each(["create", "up"])("says which package is missing: %s", async (command) => {
    const project = makeMigrationProject();
    project.write("tsmodules-db.config.ts", config);
    if (command === "up") project.migration("1-one", { up: ["create table one (n integer)"] });
    const hide = project.write(
      "hide.mjs",
      `import { registerHooks } from "node:module";
       registerHooks({
         resolve(specifier, context, next) {
           if (specifier === "@mikro-orm/migrations") throw new Error("not installed");
           return next(specifier, context);
         },
       });`,
    );
    const environment = { TSMODULES_DB_URL: "sqlite::memory:", NODE_OPTIONS: `--import ${hide}` };
    expect(await run(project.path, [command], environment)).toMatchObject({
      code: 1,
      error: expect.stringMatching(/tsmodules-db: migrations need the package @mikro-orm\/migrations: .*\n$/),
    });
  });

  it("finds migrations where its configuration says, unless it is told", async () => {
    const project = makeMigrationProject();
    project.write(
      "src/tsmodules-db.config.ts",
      `import { Database } from "tsmodules/db";
       export default new Database({ url: "sqlite::memory:" });
       export const migrations = { folder: new URL("./steps/", import.meta.url) };`,
    );
    project.write("src/steps/1-one.ts", "export {}");
    project.write("other/1-other.ts", "export {}");
    expect((await run(project.path, ["status"])).out).toBe("pending   1-one\n");
    expect((await run(project.path, ["status", "--folder", "other"])).out).toBe("pending   1-other\n");
  });

  it("passes on what a migration needs to be looked at for", async () => {
    const project = makeMigrationProject();
    project.write("tsmodules-db.config.ts", config);
    const environment = { TSMODULES_DB_URL: "sqlite:never-opened.db" };
    await run(project.path, ["create"], environment);
    project.write("tsmodules-db.config.ts", config.replace("name:", "age: p.integer(), name:"));
    expect((await run(project.path, ["create"], environment)).out).toMatch(
      /\nwarning: users\.age is required/,
    );
  });

  it("finds its configuration in src", async () => {
    const project = makeMigrationProject();
    project.write("src/tsmodules-db.config.ts", config);
    const { code } = await run(project.path, ["create"], { TSMODULES_DB_URL: "sqlite:never-opened.db" });
    expect(code).toBe(0);
    expect(readdirSync(project.path)).not.toContain("never-opened.db");
    expect(readdirSync(join(project.path, "migrations"))).toHaveLength(2);
  });

  it.each(["up", "down", "status"])("says that no server is there: %s", async (command) => {
    const project = makeMigrationProject();
    project.write("tsmodules-db.config.ts", config);
    project.migration("1-one", { up: ["create table one (n integer)"] });
    const environment = { TSMODULES_DB_URL: "postgresql://ada:hunter2@127.0.0.1:1/nothing" };
    const { code, out, error } = await run(project.path, [command], environment);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(error).toContain("cannot open");
    expect(error).not.toMatch(/hunter2|\n +at /);
  });
});

import { once } from "node:events";
import { expect, it } from "vitest";
import { onSharedDatabases } from "../../../test/databases.ts";
import { startProgram } from "../../../test/db/start-program.ts";
import { makeMigrationProject } from "../../../test/migration-files.ts";
import { Database, sql } from "../index.ts";

const program = new URL("../../../test/db/migrate.ts", import.meta.url);

onSharedDatabases("migrations by several processes", ({ makeUrl }) => {
  it("are run once by one of them, and all of them find them run", { timeout: 180_000 }, async () => {
    const project = makeMigrationProject();
    const names = Array.from({ length: 5 }, (_, index) => `${index}-insert`);
    project.migration("0-insert", {
      up: ["create table runs (name text)", "insert into runs values ('0-insert')"],
    });
    for (const name of names.slice(1)) {
      project.migration(name, { up: [`insert into runs values ('${name}')`] });
    }
    const url = await makeUrl();
    const migrators = Array.from({ length: 10 }, () => startProgram(program, [url, project.folder]));
    expect(await Promise.all(migrators.map((migrator) => migrator.line()))).toEqual(Array(10).fill("ready"));
    for (const migrator of migrators) migrator.process.stdin.write("go\n");
    const ran = await Promise.all(migrators.map(async (migrator) => JSON.parse(await migrator.line())));

    expect(ran.flat().sort()).toEqual(names);
    await using db = new Database({ url });
    await db.connect();
    const runs = await db.query<{ name: string }>(sql`select name from runs`);
    expect(runs.map(({ name }) => name)).toEqual(names);
    const { executed, pending } = await db.migrations({ folder: project.folder }).status();
    expect(executed.map(({ name }) => name)).toEqual(names);
    expect(pending).toEqual([]);
  });

  it("are taken over from one that is killed, with nothing of what it did", {
    timeout: 180_000,
  }, async () => {
    const project = makeMigrationProject();
    project.migration("1-slow", {
      members: `async up() {
        await this.execute("create table one (n integer)");
        await this.execute("insert into one values (1)");
        if (process.env.HANG) {
          console.log("half-way");
          await new Promise((resolve) => setTimeout(resolve, 1_000_000));
        }
      }`,
    });
    const url = await makeUrl();
    const doomed = startProgram(program, [url, project.folder], { HANG: "1" });
    const next = startProgram(program, [url, project.folder]);
    expect([await doomed.line(), await next.line()]).toEqual(["ready", "ready"]);
    doomed.process.stdin.write("go\n");
    expect(await doomed.line()).toBe("half-way");
    next.process.stdin.write("go\n");
    doomed.process.kill("SIGKILL");
    await once(doomed.process, "exit");
    expect(JSON.parse(await next.line())).toEqual(["1-slow"]);
    await using db = new Database({ url });
    await db.connect();
    expect(await db.query(sql`select n from one`)).toEqual([{ n: 1 }]);
  });
});

import { describe, expect, it, vi } from "vitest";
import { onEveryDatabase } from "../../../test/databases.ts";
import { defineModel, p, Repository, sql } from "../index.ts";

const User = defineModel("users", {
  id: p.integer().primary(),
  name: p.string(),
  password: p.string().hidden(),
  pin: p.integer().hidden(),
  picture: p.blob().nullable(),
});

const ADA = { id: 1, name: "Ada", password: "s3cret", pin: 987_654, picture: null };

onEveryDatabase("the echo of statements", ({ open }) => {
  async function setUp(info: (line: string) => void = () => {}) {
    const lines: string[] = [];
    const log = (line: string) => {
      lines.push(line);
      info(line);
    };
    const db = await open([User], { echo: true, logger: { info: log as never } });
    lines.length = 0;
    return { db, users: new Repository(db, User), lines };
  }

  it("has each statement with its values and its time, but for those that are hidden", async () => {
    const { users, lines } = await setUp();
    await users.create(ADA);
    await users.findMany({ name: "Ada", password: "s3cret", pin: [987_654, 1] });
    await users.update(1, { password: "t0psecret" });
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(line).toMatch(/\(\d+\.\d\d ms\)$/);
    expect(lines[0]).toMatch(/^insert into .*"users" \(.*\[1, Ada, \*\*\*, \*\*\*, null\]/);
    expect(lines[1]).toMatch(/^select .*\[.*Ada/);
    expect(lines.join()).not.toMatch(/s3cret|t0psecret|987654/);
  });

  it("has no hidden value of the row after which a page begins", async () => {
    const { users, lines } = await setUp();
    await users.create(ADA);
    const orderBy = { password: "asc", name: "desc" } as const;
    const { endCursor } = await users.paginate({ first: 1, orderBy });
    await users.paginate({ first: 1, orderBy, after: endCursor });
    expect(lines.at(-1)).toContain("Ada");
    expect(lines.join()).not.toContain("s3cret");
  });

  it("has no value of what MikroORM writes into its statements", async () => {
    const { db, lines } = await setUp();
    const em = db.em;
    em.create(User, { ...ADA, name: "it's \\' \"Ada\"" });
    await em.flush();
    await em.findOne(User, { password: "s3cret", pin: 987_654 });
    await db.em.createQueryBuilder(User).update({ password: "t0psecret" }).where({ pin: 987_654 }).execute();
    expect(lines.length).toBeGreaterThanOrEqual(3);
    expect(lines.join("\n")).toMatch(/insert into .*"password"|insert into .*`password`/);
    expect(lines.join("\n")).not.toMatch(/s3cret|t0psecret|987654|Ada/);
  });

  it("has no value that is bound to a statement of one's own", async () => {
    const { db, lines } = await setUp();
    await db.query(sql`select * from ${User} where password = ${"s3cret"} and name = 'Ada'`);
    expect(lines).toEqual([expect.stringMatching(/where password = (?:\?|\$1) and name = \? \[\?\] \(/)]);
  });

  it("has what transactions are made of", async () => {
    const { db, users, lines } = await setUp();
    await db.transaction(async () => {
      await users.create(ADA);
      await db.transaction(() => Promise.reject(new Error("no"))).catch(() => {});
    });
    await db.transaction(() => Promise.reject(new Error("no"))).catch(() => {});
    const begin = db.dialect === "sqlite" ? "begin immediate" : "begin";
    expect(lines.map((line) => line.replace(/ \([\d.]+ ms\)$/, "").replace(/^insert.*/, "insert"))).toEqual([
      begin,
      "insert",
      "savepoint tsmodules_1",
      "rollback to savepoint tsmodules_1",
      "release savepoint tsmodules_1",
      "commit",
      begin,
      "rollback",
    ]);
    expect(lines[1]).not.toContain("s3cret");
  });

  it("says what failed", async () => {
    const { users, lines } = await setUp();
    await users.create(ADA);
    await expect(users.create({ ...ADA })).rejects.toThrow();
    expect(lines[1]).toMatch(/ ms\) failed$/);
  });

  it("cuts off what is long", async () => {
    const { users, lines } = await setUp();
    await users.create({ ...ADA, name: "x".repeat(200), picture: new Uint8Array(1_000) as never });
    expect(lines[0]).toContain(`${"x".repeat(100)}… (200 characters)`);
    expect(lines[0]).toContain("1000 bytes");
  });

  it("is no reason for a statement to fail when it fails itself", async () => {
    let isBroken = false;
    const { users } = await setUp(() => {
      if (isBroken) throw new Error("the log is full");
    });
    isBroken = true;
    await users.create(ADA);
    expect(await users.count()).toBe(1);
  });
});

describe("the echo of statements", () => {
  it("goes to the console where there is no logger", async () => {
    const { Database } = await import("../index.ts");
    const info = vi.spyOn(console, "info").mockImplementation(() => {});
    await using db = new Database({ url: "sqlite::memory:", echo: true });
    await db.connect();
    await db.query(sql`select 1`);
    expect(info).toHaveBeenCalledWith(expect.stringMatching(/^select 1 \(\d/));
    info.mockRestore();
  });
});

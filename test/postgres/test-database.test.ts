import { Client } from "pg";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { query } from "./query.ts";
import { dropSchema, makeSchema, postgresUrl, skipWithoutPostgres, whyUnreachable } from "./test-database.ts";

async function schemaOfThisTest() {
  const schema = await makeSchema();
  onTestFinished(() => dropSchema(schema));
  return schema;
}

describe("the PostgreSQL of the tests", () => {
  beforeEach(({ skip }) => skipWithoutPostgres(skip));

  it("answers at its URL", async () => {
    expect(await query(postgresUrl, "select 1 as one")).toEqual([{ one: 1 }]);
  });

  it("makes tables where a schema's URL says", async () => {
    const { name, url } = await schemaOfThisTest();
    await query(url, "create table things (id int)");
    const where = "select schemaname from pg_tables where tablename = 'things'";
    expect(await query(url, `${where} and schemaname = current_schema`)).toEqual([{ schemaname: name }]);
  });

  it("keeps the tables of one schema from another, whatever their names", async () => {
    const [one, other] = await Promise.all([schemaOfThisTest(), schemaOfThisTest()]);
    await query(one.url, "create table things as select 1 as id");
    await expect(query(other.url, "select id from things")).rejects.toThrow('"things" does not exist');
    await query(other.url, "create table things as select 2 as id");
    expect(await query(one.url, "select id from things")).toEqual([{ id: 1 }]);
  });

  it("drops a schema with its tables", async () => {
    const schema = await makeSchema();
    await query(schema.url, "create table things (id int)");
    await dropSchema(schema);
    const left = `select from information_schema.schemata where schema_name = '${schema.name}'`;
    expect(await query(postgresUrl, left)).toEqual([]);
  });

  it("does not wait for a transaction that a test has left open", async () => {
    const { url, ...schema } = await schemaOfThisTest();
    await query(url, "create table things (id int)");
    const forgotten = new Client(url);
    await forgotten.connect();
    onTestFinished(() => forgotten.end());
    await forgotten.query("begin; lock things");
    await expect(dropSchema({ url, ...schema })).rejects.toThrow("lock timeout");
  });

  it("says why it cannot be used", async () => {
    const url = new URL(postgresUrl);
    url.pathname = "/nowhere";
    expect(await whyUnreachable(url.href)).toBe('database "nowhere" does not exist');
    expect(await whyUnreachable("postgresql://127.0.0.1:1/test")).toContain("ECONNREFUSED");
    expect(await whyUnreachable(postgresUrl)).toBeUndefined();
  });
});

describe("without a PostgreSQL", () => {
  beforeEach(() => {
    vi.resetModules();
    vi.stubEnv("TSMODULES_TEST_PG_URL", "postgresql://ada:secret@127.0.0.1:1/test?password=secret");
  });

  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });

  it("a test is skipped aloud, and the password is not told", async () => {
    vi.stubEnv("TSMODULES_TEST_NO_SKIPS", "");
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    const skip = vi.fn<() => never>();
    const fixture = await import("./test-database.ts");
    await fixture.skipWithoutPostgres(skip);
    const reason =
      "PostgreSQL does not answer at postgresql://ada@127.0.0.1:1/test (TSMODULES_TEST_PG_URL): connect ECONNREFUSED 127.0.0.1:1";
    expect(skip).toHaveBeenCalledExactlyOnceWith(reason);
    expect(warn).toHaveBeenCalledExactlyOnceWith(`skipped, because ${reason}`);
  });

  it("a test fails where nothing may be skipped", async () => {
    vi.stubEnv("TSMODULES_TEST_NO_SKIPS", "1");
    const skip = vi.fn<() => never>();
    const fixture = await import("./test-database.ts");
    await expect(fixture.skipWithoutPostgres(skip)).rejects.toThrow("does not answer");
    expect(skip).not.toHaveBeenCalled();
  });
});

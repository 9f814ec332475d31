import { Client } from "pg";
import { beforeEach, expect, it, onTestFinished } from "vitest";
import { NetFault } from "./net-fault.ts";
import { query } from "./query.ts";
import { postgresUrl, skipWithoutPostgres } from "./test-database.ts";

let network: NetFault;

beforeEach(async ({ skip }) => {
  await skipWithoutPostgres(skip);
  network = await NetFault.before(postgresUrl);
  return () => network.close();
});

async function connected(): Promise<Client> {
  const client = new Client(network.url);
  client.on("error", () => {});
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

it("lets through what is said", async () => {
  const text = "é".repeat(1_000_000);
  expect((await (await connected()).query("select $1::text as text", [text])).rows).toEqual([{ text }]);
});

it("cuts the connections that there are", async () => {
  const client = await connected();
  const sleeping = expect(client.query("select pg_sleep(60)")).rejects.toMatchObject({ code: "ECONNRESET" });
  network.cut();
  await sleeping;
  expect(await query(network.url, "select 1 as one")).toEqual([{ one: 1 }]);
});

it("hangs, and lets through later what was held up", async () => {
  const client = await connected();
  network.hang();
  let answered = false;
  const answer = client.query("select 1 as one").finally(() => {
    answered = true;
  });
  const late = new Client({ connectionString: network.url, connectionTimeoutMillis: 200 });
  await expect(late.connect()).rejects.toThrow("timeout expired");
  expect(answered).toBe(false);
  network.heal();
  expect((await answer).rows).toEqual([{ one: 1 }]);
});

it("answers nonsense", async () => {
  const client = await connected();
  network.garble();
  await expect(client.query("select 1")).rejects.toThrow("received invalid response: ff");
  await expect(query(network.url, "select 1")).rejects.toThrow("received invalid response: ff");
});

it("takes nobody after it was closed", async () => {
  const { url } = network;
  const client = await connected();
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  client.on("end", resolve);
  await network.close();
  await ended;
  await expect(query(url, "select 1")).rejects.toMatchObject({ code: "ECONNREFUSED" });
});

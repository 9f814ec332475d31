import { inspect } from "node:util";
import { expect, it } from "vitest";
import { onEveryDatabase } from "../../../test/databases.ts";
import { defineModel, p, Repository, RepositoryError, versioned } from "../index.ts";

const SECRET = "s3cret";

const Account = defineModel("accounts", {
  id: p.string().length(20).primary().hidden(),
  ...versioned(),
  token: p.string().length(10).unique().hidden().nullable(),
  pin: p.smallint().hidden().nullable(),
  plan: p.enum(["free", "paid"]).hidden().nullable(),
  settings: p.json().hidden().nullable(),
  scopes: p.array().hidden().nullable(),
});

type Accounts = Repository<typeof Account>;

const long = SECRET.repeat(9);

onEveryDatabase("a hidden value", ({ open }) => {
  it.each<[string, (accounts: Accounts) => Promise<unknown>]>([
    ["that is too long", (accounts) => accounts.create({ id: "b", token: long })],
    ["that is a key too long", (accounts) => accounts.create({ id: long })],
    ["among many", (accounts) => accounts.createMany([{ id: "b", token: long }])],
    ["of another kind", (accounts) => accounts.create({ id: "b", pin: SECRET as never })],
    ["of no enum", (accounts) => accounts.create({ id: "b", plan: SECRET as never })],
    ["that is no JSON", (accounts) => accounts.create({ id: "b", settings: Symbol(SECRET) as never })],
    ["that is no array", (accounts) => accounts.create({ id: "b", scopes: SECRET as never })],
    ["with NUL", (accounts) => accounts.update(SECRET, { token: `${SECRET}\0` })],
    ["that is taken", (accounts) => accounts.create({ id: "b", token: SECRET })],
    ["that is a key taken", (accounts) => accounts.create({ id: SECRET })],
    ["that is taken by an upsert", (accounts) => accounts.upsert({ id: "b", token: SECRET })],
    ["of another version", (accounts) => accounts.update(SECRET, { pin: 1 }, { version: 9 })],
    ["looked for", (accounts) => accounts.findMany({ pin: SECRET as never })],
    ["looked for in a list", (accounts) => accounts.findMany({ pin: [SECRET as never] })],
    ["in place of a list", (accounts) => accounts.findMany({ token: { in: SECRET as never } })],
    ["in place of a pattern", (accounts) => accounts.findMany({ token: { like: [SECRET] as never } })],
    ["in a broken pattern", (accounts) => accounts.count({ token: { like: `${SECRET}\\` } })],
    ["in a pattern with NUL", (accounts) => accounts.count({ token: { contains: `${SECRET}\0` } })],
    ["in JSON looked for", (accounts) => accounts.count({ settings: SECRET as never })],
    ["as a direction", (accounts) => accounts.getAll({ orderBy: { scopes: "asc" } })],
  ])("%s is in no error, however deep one looks", async (_, call) => {
    const accounts = new Repository(await open([Account]), Account);
    await accounts.create({ id: SECRET, token: SECRET });
    const error: RepositoryError = await call(accounts).then(
      () => expect.fail("it was taken"),
      (reason) => reason,
    );
    expect(error).toBeInstanceOf(RepositoryError);
    expect(error.message).not.toContain(SECRET);
    // The row of a ConcurrencyError is for whoever has its key.
    if (error.code !== "CONCURRENCY") expect(inspect(error, { depth: 9 })).not.toContain(SECRET);
  });

  it("is in its row all the same", async () => {
    const accounts = new Repository(await open([Account]), Account);
    await accounts.create({ id: SECRET, token: SECRET, scopes: [SECRET] });
    expect(await accounts.getById(SECRET)).toMatchObject({ id: SECRET, token: SECRET, scopes: [SECRET] });
  });
});

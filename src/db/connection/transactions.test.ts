import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { onEveryDatabase, onPostgres, onSharedDatabases, onSqliteInMemory } from "../../../test/databases.ts";
import { heldTransaction } from "../../../test/db/held-transaction.ts";
import { type Database, defineModel, p, Repository, sql, TransactionError } from "../index.ts";

const Account = defineModel("accounts", {
  id: p.string().primary(),
  balance: p.integer().default(0),
});

function names(accounts: readonly { readonly id: string }[]): string[] {
  return accounts.map(({ id }) => id).sort();
}

onEveryDatabase("a transaction", ({ open, isShared }) => {
  async function setUp(options: { readonly acquireTimeoutMs?: number } = {}) {
    const db = await open([Account], options);
    const accounts = new Repository(db, Account);
    const there = async () => names(await accounts.getAll());
    return { db, accounts, there };
  }

  it("keeps what was done in it when it resolves, and gives what its function gave", async () => {
    const { db, accounts, there } = await setUp();
    const made = await db.transaction(async () => {
      await accounts.create({ id: "a" });
      return accounts.create({ id: "b" });
    });
    expect(made.id).toBe("b");
    expect(await there()).toEqual(["a", "b"]);
  });

  it("undoes everything when it rejects, and rejects with what its function threw", async () => {
    const { db, accounts, there } = await setUp();
    const failure = new Error("no");
    const transaction = db.transaction(async () => {
      await accounts.create({ id: "a" });
      throw failure;
    });
    await expect(transaction).rejects.toBe(failure);
    const synchronous = db.transaction(() => {
      throw failure;
    });
    await expect(synchronous).rejects.toBe(failure);
    expect(await there()).toEqual([]);
  });

  it("is joined through whatever its function awaits", async () => {
    const { db, accounts, there } = await setUp();
    const deeper = async (id: string) => {
      await sleep(1);
      await accounts.create({ id });
    };
    const transaction = db.transaction(async () => {
      await Promise.all(["a", "b", "c"].map(deeper));
      await new Promise((resolve, reject) =>
        setTimeout(() => accounts.create({ id: "timer" }).then(resolve, reject), 1),
      );
      await db.execute(sql`insert into ${Account} (id, balance) values (${"sql"}, ${1})`);
      await db.em
        .getKysely<{ accounts: { id: string; balance: number } }>()
        .insertInto("accounts")
        .values({ id: "kysely", balance: 1 })
        .execute();
      await db.em.createQueryBuilder(Account).insert({ id: "builder" }).execute();
      const em = db.em;
      em.create(Account, { id: "flushed" });
      await em.flush();
      await em.transactional(async (inner) => {
        inner.create(Account, { id: "transactional" });
      });
      expect(await there()).toHaveLength(9);
      throw new Error("undo");
    });
    await expect(transaction).rejects.toThrow("undo");
    expect(await there()).toEqual([]);
  });

  it("sees what it did itself", async () => {
    const { db, accounts } = await setUp();
    await db.transaction(async () => {
      await accounts.create({ id: "a" });
      await accounts.update("a", { balance: 5 });
      expect(await accounts.findMany({ balance: 5 })).toHaveLength(1);
    });
  });

  it("is taken part in by nothing that began outside of it", async () => {
    const { db, accounts, there } = await setUp();
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const outside = held.then(() => accounts.create({ id: "outside" }));
    const transaction = db.transaction(async () => {
      await accounts.create({ id: "inside" });
      release();
      throw new Error("undo");
    });
    await expect(transaction).rejects.toThrow("undo");
    await outside;
    expect(await there()).toEqual(["outside"]);
  });

  describe("nested in another", () => {
    it("is undone alone when it fails, and the outer one goes on", async () => {
      const { db, accounts, there } = await setUp();
      await db.transaction(async () => {
        await accounts.create({ id: "before" });
        const nested = db.transaction(async () => {
          await accounts.create({ id: "nested" });
          throw new Error("no");
        });
        await expect(nested).rejects.toThrow("no");
        await accounts.create({ id: "after" });
      });
      expect(await there()).toEqual(["after", "before"]);
    });

    it("makes up for a statement that failed", async () => {
      const { db, accounts, there } = await setUp();
      await db.transaction(async () => {
        await accounts.create({ id: "a" });
        await expect(db.transaction(() => accounts.create({ id: "a" }))).rejects.toMatchObject({
          code: "DUPLICATE",
        });
        await accounts.create({ id: "b" });
      });
      expect(await there()).toEqual(["a", "b"]);
    });

    it("goes with the outer one, however deep", async () => {
      const { db, accounts, there } = await setUp();
      const transaction = db.transaction(async () => {
        await db.transaction(async () => {
          await accounts.create({ id: "two" });
          await db.transaction(() => accounts.create({ id: "three" }));
        });
        throw new Error("undo");
      });
      await expect(transaction).rejects.toThrow("undo");
      await db.transaction(async () => {
        await accounts.create({ id: "one" });
        await db.transaction(async () => {
          await accounts.create({ id: "two" });
          await db
            .transaction(async () => {
              await accounts.create({ id: "three" });
              throw new Error("three");
            })
            .catch(() => {});
        });
      });
      expect(await there()).toEqual(["one", "two"]);
    });

    it("may begin beside others", async () => {
      const { db, accounts, there } = await setUp();
      const settled = await db.transaction(() =>
        Promise.allSettled(
          Array.from({ length: 20 }, (_, index) =>
            db.transaction(async () => {
              await accounts.create({ id: String(index).padStart(2, "0") });
              await sleep(index % 3);
              if (index % 2 === 1) throw new Error("odd");
            }),
          ),
        ),
      );
      expect(settled.filter(({ status }) => status === "fulfilled")).toHaveLength(10);
      expect((await there()).every((id) => Number(id) % 2 === 0)).toBe(true);
      expect(await there()).toHaveLength(10);
    });

    it("undoes nothing of what the outer one does meanwhile", async () => {
      const { db, accounts, there } = await setUp();
      await db.transaction(async () => {
        const nested = db.transaction(async () => {
          await accounts.create({ id: "nested" });
          await sleep(5);
          throw new Error("no");
        });
        await Promise.all([
          expect(nested).rejects.toThrow("no"),
          sleep(1).then(() => accounts.create({ id: "meanwhile" })),
        ]);
      });
      expect(await there()).toEqual(["meanwhile"]);
    });

    it("does not choose another isolation than the outermost", async () => {
      const { db } = await setUp();
      const nested = () => db.transaction(() => {}, { isolation: "serializable" });
      await expect(db.transaction(nested)).rejects.toThrow("isolation");
      await db.transaction(nested, { isolation: "serializable" });
    });

    it("does not hold up others after it could not begin any more", async () => {
      const { db, accounts, there } = await setUp();
      const startedAt = performance.now();
      let late: Promise<unknown> | undefined;
      const transaction = db.transaction(async () => {
        const slow = accounts.create({ id: "a" });
        late = Promise.allSettled([slow, db.transaction(() => accounts.create({ id: "b" }))]);
      });
      await expect(transaction).rejects.toThrow(TransactionError);
      await late;
      await accounts.create({ id: "c" });
      expect(await there()).toEqual(["c"]);
      // Before it would have waited in vain: for 10 s.
      expect(performance.now() - startedAt).toBeLessThan(4_000);
    });
  });

  describe("whose function makes a mistake", () => {
    it("is undone where a statement's error was swallowed", async () => {
      const { db, accounts, there } = await setUp();
      const transaction = db.transaction(async () => {
        await accounts.create({ id: "a" });
        await accounts.create({ id: "a" }).catch(() => {});
      });
      await expect(transaction).rejects.toThrow(TransactionError);
      await expect(transaction).rejects.toMatchObject({ cause: expect.any(Error) });
      expect(await there()).toEqual([]);
    });

    it("takes no statement after one that failed", async () => {
      const { db, accounts } = await setUp();
      const transaction = db.transaction(async () => {
        await accounts.create({ id: "a" });
        await accounts.create({ id: "a" }).catch(() => {});
        await accounts.count();
      });
      await expect(transaction).rejects.toThrow("nest a db.transaction around what may fail");
    });

    it.for<[string, (db: Database, accounts: Repository<typeof Account>) => PromiseLike<unknown>]>([
      ["of a repository", (_, accounts) => accounts.create({ id: "a" })],
      ["of raw SQL", (db) => db.query(sql`select count(*) from ${Account}`)],
      ["of a nested transaction", (db, accounts) => db.transaction(() => accounts.create({ id: "a" }))],
      ["of the query builder", (db) => db.em.createQueryBuilder(Account).insert({ id: "a" }).execute()],
      [
        "of a flush",
        (db) => {
          const em = db.em;
          em.create(Account, { id: "a" });
          return em.flush();
        },
      ],
    ])("is undone where an await is missing %s", async ([, statement]) => {
      const { db, accounts, there } = await setUp();
      let forgotten: Promise<unknown> | undefined;
      const transaction = db.transaction(async () => {
        await accounts.create({ id: "before" });
        forgotten = Promise.allSettled([statement(db, accounts)]);
      });
      await expect(transaction).rejects.toThrow("an await is missing");
      await forgotten;
      expect(await there()).toEqual([]);
    });

    it("is undone and out of the way where a nested one goes on without being awaited", async () => {
      const { db, accounts, there } = await setUp({ acquireTimeoutMs: 1_000 });
      const begun = Promise.withResolvers<void>();
      const gate = Promise.withResolvers<void>();
      let forgotten: Promise<unknown> | undefined;
      const transaction = db.transaction(async () => {
        await accounts.create({ id: "outer" });
        forgotten = Promise.allSettled([
          db.transaction(async () => {
            await accounts.create({ id: "nested" });
            begun.resolve();
            await gate.promise;
            await accounts.create({ id: "late" });
          }),
        ]);
        await begun.promise;
        throw new Error("undo");
      });
      await expect(transaction).rejects.toThrow("undo");
      await db.transaction(async () => {
        await accounts.create({ id: "next" });
        gate.resolve();
        await forgotten;
      });
      expect(await forgotten).toMatchObject([{ reason: { code: "TRANSACTION" } }]);
      expect(await there()).toEqual(["next"]);
    });

    it("says that it is over to what comes later", async () => {
      const { db, accounts, there } = await setUp();
      const over = Promise.withResolvers<void>();
      let later: Promise<unknown> | undefined;
      await db.transaction(() => {
        later = over.promise.then(() => accounts.create({ id: "late" }));
      });
      over.resolve();
      await expect(later).rejects.toThrow("the transaction is over");
      expect(await there()).toEqual([]);
    });

    it("says what may be wrong to a statement that waits for it in vain", async () => {
      const { db, accounts } = await setUp({ acquireTimeoutMs: 1_000 });
      const begun = Promise.withResolvers<void>();
      const gate = Promise.withResolvers<void>();
      const transaction = db.transaction(() =>
        Promise.all([
          db.transaction(async () => {
            await accounts.create({ id: "nested" });
            begun.resolve();
            await gate.promise;
          }),
          begun.promise.then(() => accounts.create({ id: "outer" })).finally(gate.resolve),
        ]),
      );
      await expect(transaction).rejects.toThrow("waited 1000 ms for the others of its transaction");
    });
  });

  it.for([
    ["a statement", (db: Database) => db.execute(sql`insert into ${Account} (id, balance) values ('b', 0)`)],
    ["a nested one", (db: Database) => db.transaction(() => {})],
  ] as const)(
    "is undone where %s waited for its turn in vain and the error was swallowed",
    async ([, late]) => {
      const { db, accounts, there } = await setUp({ acquireTimeoutMs: 50 });
      const gate = Promise.withResolvers<void>();
      const transaction = db.transaction(() =>
        Promise.allSettled([
          db.transaction(async () => {
            await accounts.create({ id: "a" });
            await gate.promise;
          }),
          late(db).finally(gate.resolve),
        ]),
      );
      await expect(transaction).rejects.toThrow("a statement of this transaction failed");
      expect(await there()).toEqual([]);
    },
  );

  it("is not run again for what is no conflict of its own", async () => {
    const { db, accounts } = await setUp();
    const foreign = Object.assign(new Error("could not serialize access"), { code: "40001" });
    let runs = 0;
    const transaction = db.transaction(async () => {
      runs++;
      await accounts.create({ id: "a" });
      throw foreign;
    });
    await expect(transaction).rejects.toBe(foreign);
    expect(runs).toBe(1);
  });

  it("can be left out, so that what is done stays", async () => {
    const { db, accounts, there } = await setUp();
    let outside: Promise<unknown> | undefined;
    const transaction = db.transaction(async () => {
      // Not awaited: where there is one connection that writes, it waits for the end.
      outside = db.outsideTransaction(() => accounts.create({ id: "outside" }));
      await accounts.create({ id: "inside" });
      throw new Error("undo");
    });
    await expect(transaction).rejects.toThrow("undo");
    await outside;
    expect(await there()).toEqual(["outside"]);
  });

  it("belongs to its own database", async () => {
    const one = await setUp();
    const other = await setUp();
    const transaction = one.db.transaction(async () => {
      await one.accounts.create({ id: "one" });
      await other.accounts.create({ id: "other" });
      throw new Error("undo");
    });
    await expect(transaction).rejects.toThrow("undo");
    expect([await one.there(), await other.there()]).toEqual([[], ["other"]]);
  });

  it("refuses options that are wrong, all together", async () => {
    const { db } = await setUp();
    const wrong = db.transaction(() => {}, { isolation: "snapshot", retries: -1, retires: 1 } as never);
    await expect(wrong).rejects.toThrow(
      /isolation must be[\s\S]*retries must be[\s\S]*unknown option retires/,
    );
  });

  describe("of MikroORM's", () => {
    it("is undone alone when it fails inside of another", async () => {
      const { db, accounts, there } = await setUp();
      await db.transaction(async () => {
        await accounts.create({ id: "before" });
        const inner = db.em.transactional(async (em) => {
          await em.insert(Account, { id: "inner", balance: 0 });
          throw new Error("no");
        });
        await expect(inner).rejects.toThrow("no");
        await accounts.create({ id: "after" });
      });
      expect(await there()).toEqual(["after", "before"]);
    });

    it("is refused where it may only read, which nothing would hold it to", async () => {
      const { db, there } = await setUp();
      const reading = db.em.transactional((em) => em.insert(Account, { id: "a", balance: 0 }), {
        readOnly: true,
      });
      await expect(reading).rejects.toThrow("a transaction that may only read is not supported");
      expect(await there()).toEqual([]);
    });

    it("keeps what is around it where one inside of it could not be committed", async () => {
      const { db, there } = await setUp();
      await db.em
        .transactional(async (em) => {
          await em.insert(Account, { id: "outer", balance: 0 });
          const inner = em.transactional(async (inner) => {
            await inner.insert(Account, { id: "inner", balance: 0 });
            await inner.insert(Account, { id: "inner", balance: 0 }).catch(() => {});
          });
          await expect(inner).rejects.toThrow(TransactionError);
          await em.insert(Account, { id: "after", balance: 0 });
          throw new Error("undo");
        })
        .catch((error) => expect(error).toMatchObject({ message: "undo" }));
      expect(await there()).toEqual([]);
    });
  });

  it("waits at disconnect until it has ended", async () => {
    const { db, accounts } = await setUp();
    const held = await heldTransaction(
      db,
      () => accounts.create({ id: "a" }),
      async () => {
        await accounts.create({ id: "b" });
        return accounts.count();
      },
    );
    const disconnected = db.disconnect();
    await sleep(0);
    await expect(accounts.count()).rejects.toThrow("not connected");
    held.end();
    expect(await held.outcome).toBe(2);
    await disconnected;
    if (isShared) {
      await db.connect();
      expect(await accounts.count()).toBe(2);
    }
  });

  it("refuses to disconnect from inside of it", async () => {
    const { db } = await setUp();
    await expect(db.transaction(() => db.disconnect())).rejects.toThrow("was called inside of one");
    expect(db.isConnected).toBe(true);
    const over = Promise.withResolvers<void>();
    let later: Promise<void> | undefined;
    await db.transaction(() => {
      later = over.promise.then(() => db.disconnect());
    });
    over.resolve();
    await later;
    expect(db.isConnected).toBe(false);
  });
});

onSqliteInMemory("a transaction", ({ open }) => {
  it("says what may be wrong to a statement that does not belong to it and waits in vain", async () => {
    const db = await open([Account], { acquireTimeoutMs: 50 });
    const accounts = new Repository(db, Account);
    const transaction = db.transaction(() => db.outsideTransaction(() => accounts.count()));
    await expect(transaction).rejects.toThrow("a statement that does not belong to it");
    expect(await accounts.count()).toBe(0);
  });

  it("lets others wait until it has ended", async () => {
    const db = await open([Account]);
    const accounts = new Repository(db, Account);
    const held = await heldTransaction(
      db,
      () => accounts.create({ id: "a" }),
      () => Promise.reject(new Error("undo")),
    );
    const count = accounts.count();
    held.end();
    expect((await Promise.all([count, held.outcome.catch(() => {})]))[0]).toBe(0);
  });
});

onSharedDatabases("a transaction", ({ open }) => {
  it("is cut off at disconnect where it takes too long, and undone", async () => {
    const db = await open([Account], { acquireTimeoutMs: 1_000 });
    const accounts = new Repository(db, Account);
    const held = await heldTransaction(
      db,
      () => accounts.create({ id: "a" }),
      () => accounts.create({ id: "b" }),
    );
    const cutOff = expect(held.outcome).rejects.toMatchObject({ code: "CONNECTION" });
    await db.disconnect();
    held.end();
    await cutOff;
    await db.connect();
    expect(await accounts.count()).toBe(0);
  });
});

onSharedDatabases("two transactions at once", ({ open }) => {
  it("never see rows of each other that are not committed", async () => {
    const db = await open([Account], { poolSize: 4 });
    const accounts = new Repository(db, Account);
    let seen: number | undefined;
    await db.transaction(async () => {
      await accounts.create({ id: "a" });
      seen = await db.outsideTransaction(() => accounts.count());
    });
    expect(seen).toBe(0);
    expect(await accounts.count()).toBe(1);
  });
});

onPostgres("transactions", ({ open }) => {
  it("have connections of their own", async () => {
    const db = await open([Account], { poolSize: 4 });
    const pid = async () => (await db.query<{ pid: number }>(sql`select pg_backend_pid() as pid`))[0]?.pid;
    let inside = 0;
    let entered = () => {};
    const all = new Promise<void>((resolve) => {
      entered = () => ++inside === 3 && resolve();
    });
    const pids = await Promise.all(
      Array.from({ length: 3 }, () =>
        db.transaction(async () => {
          const first = await pid();
          entered();
          await all;
          const more = await Promise.all([pid(), pid(), db.transaction(pid)]);
          expect(new Set(more)).toEqual(new Set([first]));
          return first;
        }),
      ),
    );
    expect(new Set(pids).size).toBe(3);
  });

  /** Each reads both balances and takes from its own: together they would go below zero. */
  async function skew(db: Database, retries?: number) {
    const accounts = new Repository(db, Account);
    await accounts.create({ id: "a", balance: 100 });
    await accounts.create({ id: "b", balance: 100 });
    let runs = 0;
    let first = 2;
    let bothHaveRead = () => {};
    const haveRead = new Promise<void>((resolve) => {
      bothHaveRead = resolve;
    });
    const withdraw = (id: string) =>
      db.transaction(
        async () => {
          runs++;
          const all = await accounts.getAll();
          const sum = all.reduce((total, { balance }) => total + balance, 0);
          if (--first === 0) bothHaveRead();
          await haveRead;
          if (sum < 200) return "refused";
          await accounts.update(id, { balance: -100 });
          return "taken";
        },
        { isolation: "serializable", ...(retries !== undefined && { retries }) },
      );
    const outcomes = await Promise.allSettled([withdraw("a"), withdraw("b")]);
    return { outcomes, runs };
  }

  it("that are serializable come out as if one had come after the other", async () => {
    const { outcomes, runs } = await skew(await open([Account]));
    const values = outcomes.map((outcome) => outcome.status === "fulfilled" && outcome.value);
    expect(values.sort()).toEqual(["refused", "taken"]);
    // The second try is refused as well where the first transaction has not quite ended.
    expect(runs).toBeGreaterThanOrEqual(3);
  });

  it("are not run again where retries are 0", async () => {
    const { outcomes, runs } = await skew(await open([Account]), 0);
    expect(runs).toBe(2);
    const [rejected] = outcomes.filter((outcome) => outcome.status === "rejected");
    expect(rejected?.reason).toMatchObject({ message: expect.stringContaining("could not serialize") });
  });

  /** It reads a row that somebody else changes before it does so itself. */
  async function overtaken(
    retries: number,
    change = (update: () => Promise<unknown>, _db: Database) => update(),
  ) {
    const db = await open([Account]);
    const accounts = new Repository(db, Account);
    await accounts.create({ id: "a" });
    let runs = 0;
    const losing = db.transaction(
      async () => {
        runs++;
        await accounts.count();
        await db.outsideTransaction(() => db.execute(sql`update ${Account} set balance = balance + 1`));
        await change(() => accounts.update("a", { balance: 0 }), db);
      },
      { isolation: "repeatable read", retries },
    );
    const error = await losing.catch((error) => error);
    return { error, runs };
  }

  it("say how often they lost", async () => {
    const { error, runs } = await overtaken(2);
    expect(error.message).toMatch(
      /^the transaction was run 3 times, and each time undone because of others.*could not serialize/,
    );
    expect(runs).toBe(3);
  });

  it("say what lost where they are not run again", async () => {
    const { error } = await overtaken(0);
    expect(error).toMatchObject({ code: "REPOSITORY", model: "accounts", operation: "update" });
    expect(error.message).toContain("could not serialize");
  });

  it.for([
    ["one that is nested in them", (update, db) => db.transaction(update)],
    [
      "one of MikroORM's that is nested in them",
      (_update, db) =>
        db.em.transactional(async (em) => {
          await em.createQueryBuilder(Account).update({ balance: 0 }).execute();
        }),
    ],
  ] satisfies [string, (update: () => Promise<unknown>, db: Database) => Promise<unknown>][])(
    "are run again for a conflict of %s",
    async ([, change]) => {
      expect(await overtaken(1, change)).toMatchObject({ runs: 2, error: { code: "TRANSACTION" } });
    },
  );

  it("end where the causes of an error go round in a circle", async () => {
    const [chicken, egg] = [new Error("chicken"), new Error("egg")];
    Object.assign(chicken, { cause: egg });
    Object.assign(egg, { cause: chicken });
    const { error } = await overtaken(0, async (update) => {
      await update().catch(() => {});
      throw egg;
    });
    expect(error.message).toContain("could not serialize");
  });

  it("are run again although their function made something else of the conflict", async () => {
    const db = await open([Account]);
    const accounts = new Repository(db, Account);
    await accounts.create({ id: "a" });
    let runs = 0;
    await db.transaction(
      async () => {
        runs++;
        await accounts.count();
        if (runs === 1)
          await db.outsideTransaction(() => db.execute(sql`update ${Account} set balance = balance + 1`));
        await accounts.update("a", { balance: 7 }).catch(() => {
          throw new TypeError("something else");
        });
      },
      { isolation: "repeatable read" },
    );
    expect(runs).toBe(2);
    expect(await accounts.getById("a")).toMatchObject({ balance: 7 });
  });

  it("that lock each other out are run again", async () => {
    const db = await open([Account]);
    const accounts = new Repository(db, Account);
    await accounts.createMany([{ id: "a" }, { id: "b" }]);
    let runs = 0;
    let holding = 0;
    let both = () => {};
    const bothHold = new Promise<void>((resolve) => {
      both = resolve;
    });
    const move = (from: string, to: string) =>
      db.transaction(async () => {
        runs++;
        await db.execute(sql`set local deadlock_timeout = '20ms'`);
        await db.execute(sql`update ${Account} set balance = balance - 1 where id = ${from}`);
        if (++holding === 2) both();
        await bothHold;
        await db.execute(sql`update ${Account} set balance = balance + 1 where id = ${to}`);
      });
    await Promise.all([move("a", "b"), move("b", "a")]);
    expect(runs).toBe(3);
    expect((await accounts.getAll()).map(({ balance }) => balance)).toEqual([0, 0]);
  });

  it("are not given another isolation by MikroORM inside of them", async () => {
    const db = await open([Account]);
    const nested = db.transaction(() =>
      db.em.transactional(async () => {}, { isolationLevel: "serializable" as never }),
    );
    await expect(nested).rejects.toThrow("for the outermost transaction to choose");
  });
});

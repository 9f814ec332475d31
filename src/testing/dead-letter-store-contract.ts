import type { DeadLetterStore, StoredDeadLetter } from "../core/policies.ts";
import { type ContractCase, expectSame } from "./contract-case.ts";

const letter = (id: string, more: Partial<StoredDeadLetter> = {}): StoredDeadLetter => ({
  id,
  eventId: `event of ${id}`,
  eventName: "test.job",
  input: { id, nested: [1, null, "ü"] },
  meta: { correlationId: "c" },
  error: { name: "Error", message: "down", code: "DOWN" },
  moduleName: "jobs",
  attempts: 1,
  timestamp: 1_700_000_000_000,
  ...more,
});

/**
 * What every `DeadLetterStore` has to do, as cases for any test runner.
 *
 * @param makeStore - Makes an empty store for each case.
 * @example
 * it.each(deadLetterStoreContract(() => new MyStore()))("$name", ({ run }) => run());
 */
export function deadLetterStoreContract(
  makeStore: () => DeadLetterStore | Promise<DeadLetterStore>,
): readonly ContractCase[] {
  const idsOf = async (store: DeadLetterStore) => (await store.list()).map(({ id }) => id);
  return [
    {
      name: "is empty at first",
      async run() {
        expectSame(await (await makeStore()).list(), []);
      },
    },
    {
      name: "gives back every field of a letter",
      async run() {
        const store = await makeStore();
        const kept = letter("a", { idempotencyKey: "key" });
        await store.add(kept);
        const [found] = await store.list();
        for (const [field, value] of Object.entries(kept))
          expectSame(found?.[field as keyof StoredDeadLetter], value);
      },
    },
    {
      name: "lists the oldest first",
      async run() {
        const store = await makeStore();
        for (const [index, id] of ["b", "a", "c"].entries()) {
          await store.add(letter(id, { timestamp: 1_700_000_000_000 + index }));
        }
        expectSame(await idsOf(store), ["b", "a", "c"]);
      },
    },
    {
      name: "replaces a letter that comes again",
      async run() {
        const store = await makeStore();
        await store.add(letter("a"));
        await store.add(letter("a", { attempts: 2 }));
        expectSame(
          (await store.list()).map(({ attempts }) => attempts),
          [2],
        );
      },
    },
    {
      name: "removes a letter, and takes one that is not there for removed",
      async run() {
        const store = await makeStore();
        await store.add(letter("a"));
        await store.add(letter("b"));
        await store.remove("a");
        await store.remove("a");
        expectSame(await idsOf(store), ["b"]);
      },
    },
    {
      name: "gives a letter to one who takes it, until it is kept again, if it gives letters at all",
      async run() {
        const store = await makeStore();
        if (store.take === undefined) return;
        await store.add(letter("a"));
        expectSame(
          [await store.take("a"), await store.take("a"), await store.take("b")],
          [true, false, false],
        );
        await store.add(letter("a"));
        expectSame(await store.take("a"), true);
        await store.remove("a");
        expectSame(await store.list(), []);
        expectSame(await store.take("a"), false);
      },
    },
  ];
}

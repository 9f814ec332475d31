import type { IdempotencyStore } from "../core/policies.ts";
import { type ContractCase, expectSame } from "./contract-case.ts";

const TTL_MS = 60_000;

/**
 * What every `IdempotencyStore` has to do, as cases for any test runner.
 *
 * @param makeStore - Makes an empty store for each case.
 * @param letPass - Lets so many ms pass for the store.
 * @example
 * const clock = new FakeClock();
 * const cases = idempotencyStoreContract(() => new MyStore(clock), (ms) => clock.advance(ms));
 * it.each(cases)("$name", ({ run }) => run());
 */
export function idempotencyStoreContract(
  makeStore: () => IdempotencyStore | Promise<IdempotencyStore>,
  letPass: (ms: number) => unknown,
): readonly ContractCase[] {
  return [
    {
      name: "gives a key to the first who asks, and says to the next that it runs",
      async run() {
        const store = await makeStore();
        expectSame(await store.claim("a", "f", TTL_MS), { status: "claimed" });
        expectSame(await store.claim("a", "f", TTL_MS), { status: "running", fingerprint: "f" });
      },
    },
    {
      name: "gives a key to one of many who ask at once",
      async run() {
        const store = await makeStore();
        const asked = Array.from({ length: 20 }, async () => store.claim("a", "f", TTL_MS));
        const claims = await Promise.all(asked);
        expectSame(claims.filter(({ status }) => status === "claimed").length, 1);
      },
    },
    {
      name: "tells the outcome, and the input that it is of",
      async run() {
        const store = await makeStore();
        await store.claim("a", "f", TTL_MS);
        await store.complete("a", { receipt: 1 });
        expectSame(await store.claim("a", "other", TTL_MS), {
          status: "done",
          fingerprint: "f",
          output: { receipt: 1 },
        });
      },
    },
    {
      name: "gives a key that was given back to the next who asks",
      async run() {
        const store = await makeStore();
        await store.claim("a", "f", TTL_MS);
        await store.release("a");
        expectSame(await store.claim("a", "f", TTL_MS), { status: "claimed" });
      },
    },
    {
      name: "keeps keys apart",
      async run() {
        const store = await makeStore();
        await store.claim("a", "f", TTL_MS);
        expectSame(await store.claim("b", "f", TTL_MS), { status: "claimed" });
      },
    },
    {
      name: "forgets an outcome after its time, and not before",
      async run() {
        const store = await makeStore();
        await store.claim("a", "f", TTL_MS);
        await store.complete("a", 1);
        await letPass(TTL_MS - 1_000);
        expectSame((await store.claim("a", "f", TTL_MS)).status, "done");
        await letPass(1_000);
        expectSame((await store.claim("a", "f", TTL_MS)).status, "claimed");
      },
    },
  ];
}

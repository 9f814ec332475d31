import { MemoryDeadLetterStore, MemoryIdempotencyStore } from "tsmodules/resilience";
import { deadLetterStoreContract, FakeClock, idempotencyStoreContract } from "tsmodules/testing";
import { describe, expect, it } from "vitest";

describe("MemoryDeadLetterStore", () => {
  it.each(deadLetterStoreContract(() => new MemoryDeadLetterStore()))("$name", ({ run }) => run());
});

describe("MemoryIdempotencyStore", () => {
  const clock = new FakeClock();
  const cases = idempotencyStoreContract(
    () => new MemoryIdempotencyStore(clock),
    (ms) => clock.advance(ms),
  );

  it.each(cases)("$name", ({ run }) => run());

  it("does not grow with keys whose time is over", async () => {
    const store = new MemoryIdempotencyStore(clock);
    for (let index = 0; index < 1_000; index++) {
      store.claim(`key ${index}`, "", 100);
      store.complete(`key ${index}`, index);
      await clock.advance(10);
    }

    expect(store.size).toBeLessThan(30);
  });
});

describe("the contracts", () => {
  it("find a store that does nothing", async () => {
    const idle = { add: () => {}, remove: () => {}, list: () => [] };
    const outcomes = await Promise.allSettled(deadLetterStoreContract(() => idle).map(({ run }) => run()));

    expect(outcomes.filter(({ status }) => status === "rejected").length).toBeGreaterThan(2);
  });

  it("find a store that gives a key to everybody", async () => {
    const generous = { claim: () => ({ status: "claimed" }) as const, complete: () => {}, release: () => {} };
    const cases = idempotencyStoreContract(
      () => generous,
      () => {},
    );
    const outcomes = await Promise.allSettled(cases.map(({ run }) => run()));

    expect(outcomes.filter(({ status }) => status === "rejected").length).toBeGreaterThan(2);
  });
});

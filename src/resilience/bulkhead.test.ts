import fc from "fast-check";
import { BulkheadFullError } from "tsmodules";
import { Bulkhead } from "tsmodules/resilience";
import { describe, expect, it } from "vitest";

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe("Bulkhead", () => {
  it("runs so many at once, lets so many wait, and refuses the rest", async () => {
    const bulkhead = new Bulkhead({ maxConcurrent: 1, maxQueue: 1 });
    const { promise, resolve } = Promise.withResolvers<string>();
    const first = bulkhead.execute(() => promise);
    const second = bulkhead.execute(() => "second");

    await expect(bulkhead.execute(() => "third")).rejects.toThrow(BulkheadFullError);
    expect([bulkhead.running, bulkhead.waiting]).toEqual([1, 1]);
    resolve("first");
    expect([await first, await second]).toEqual(["first", "second"]);
    expect([bulkhead.running, bulkhead.waiting]).toEqual([0, 0]);
  });

  it("gives the slot back when the function throws", async () => {
    const bulkhead = new Bulkhead({ maxConcurrent: 1 });
    const throwing = () => {
      throw new Error("down");
    };

    await expect(bulkhead.execute(throwing)).rejects.toThrow("down");
    expect(bulkhead.running).toBe(0);
  });

  it("leaves the line when the signal aborts", async () => {
    const bulkhead = new Bulkhead({ maxConcurrent: 1 });
    const { promise, resolve } = Promise.withResolvers<void>();
    const first = bulkhead.execute(() => promise);
    const controller = new AbortController();
    const second = bulkhead.execute(() => "second", { signal: controller.signal });
    controller.abort(new Error("gone"));

    await expect(second).rejects.toThrow("gone");
    resolve();
    await first;
    expect([bulkhead.running, bulkhead.waiting]).toEqual([0, 0]);
  });

  it("agrees with a model whatever begins and ends when", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 0, max: 3 }),
        fc.array(fc.boolean(), { maxLength: 40 }),
        async (maxConcurrent, maxQueue, begins) => {
          const bulkhead = new Bulkhead({ maxConcurrent, maxQueue });
          const started: (() => void)[] = [];
          const begun: number[] = [];
          let asked = 0;
          let expected = 0;
          for (const begin of begins) {
            if (begin) {
              const number = asked++;
              const isFull = bulkhead.running === maxConcurrent && bulkhead.waiting === maxQueue;
              const { promise, resolve } = Promise.withResolvers<void>();
              const call = bulkhead.execute(() => {
                begun.push(number);
                started.push(resolve);
                return promise;
              });
              if (isFull) await expect(call).rejects.toThrow(BulkheadFullError);
              else expected++;
            } else {
              started.shift()?.();
              await settled();
            }
            expect(bulkhead.running).toBeLessThanOrEqual(maxConcurrent);
            expect(bulkhead.waiting).toBeLessThanOrEqual(maxQueue);
          }
          while (started.length > 0) {
            started.shift()?.();
            await settled();
          }
          expect(begun).toEqual([...begun].sort((a, b) => a - b));
          expect(begun.length).toBe(expected);
        },
      ),
      { numRuns: 50 },
    );
  });
});

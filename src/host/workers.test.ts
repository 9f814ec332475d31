import { defineEvent, defineModule, EventHandlingError } from "tsmodules";
import { createTestHost } from "tsmodules/testing";
import { afterEach, describe, expect, it } from "vitest";
import { z } from "zod";

class CountPrimes extends defineEvent("test.count-primes", {
  input: z.object({ limit: z.number() }),
  output: z.object({ count: z.number() }),
}) {}

class Missing extends defineEvent("test.missing") {}

const mathematics = defineModule({ name: "mathematics" }, (module) => {
  module.handleInWorker(CountPrimes, new URL("./fixtures/primes.worker.ts", import.meta.url));
  module.handleInWorker(Missing, new URL("./fixtures/none.worker.ts", import.meta.url));
});

describe("handleInWorker", () => {
  let host = createTestHost({ maxWorkers: 1 }).register(mathematics);
  const count = (limit: number, options = {}) => host.send(new CountPrimes({ limit }), options);
  const failureOf = (answer: Promise<unknown>) =>
    answer.then(
      () => undefined,
      (error) => error,
    );

  afterEach(async () => {
    await host.close();
    host = createTestHost({ maxWorkers: 1 }).register(mathematics);
  });

  it("answers with what the worker's default export returns", async () => {
    expect(await count(100)).toEqual({ count: 25 });
  });

  it("passes on what the worker throws, as a handler's error", async () => {
    const error = await failureOf(count(-1));

    expect(error).toBeInstanceOf(EventHandlingError);
    expect(error.cause).toMatchObject({ name: "RangeError", message: "a limit must not be negative" });
  });

  it.each([
    { how: "exits", limit: -2, says: "worker exited with code: 7" },
    { how: "throws outside of its function", limit: -4, says: "thrown outside" },
  ])("says clearly when a worker $how, and replaces it", async ({ limit, says }) => {
    const error = await failureOf(count(limit));

    expect(error).toBeInstanceOf(EventHandlingError);
    expect(error.message).toContain(says);
    expect(await count(10)).toEqual({ count: 4 });
  });

  it("ends the thread of a dispatch that is aborted, and replaces it", async () => {
    await count(10);
    const controller = new AbortController();
    const answer = count(-3, { signal: controller.signal });
    controller.abort("gone");

    await expect(answer).rejects.toBe("gone");
    expect(await count(10)).toEqual({ count: 4 });
  });

  it("names a worker file that does not exist", async () => {
    const error = await failureOf(host.send(new Missing()));

    expect(error).toBeInstanceOf(EventHandlingError);
    expect(error.message).toContain("none.worker.ts");
  });
});

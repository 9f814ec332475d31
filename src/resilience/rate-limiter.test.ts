import fc from "fast-check";
import { ConfigurationError, defineEvent, RateLimitExceededError } from "tsmodules";
import { RateLimiter } from "tsmodules/resilience";
import { FakeClock } from "tsmodules/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";

class Visit extends defineEvent("test.visit", { input: z.object({ tenant: z.string() }) }) {}

const value = async () => "done";

describe("RateLimiter", () => {
  it("admits a burst, then refuses with the time to wait", async () => {
    const limiter = new RateLimiter({ rate: 10, burst: 2, clock: new FakeClock() });

    expect([await limiter.execute(value), await limiter.execute(value)]).toEqual(["done", "done"]);
    await expect(limiter.execute(value)).rejects.toMatchObject({
      code: "RATE_LIMIT_EXCEEDED",
      retryAfterMs: 100,
      message: "the call exceeds its rate limit: try again in 100 ms",
    });
  });

  it("admits again exactly when it said", async () => {
    const clock = new FakeClock();
    const limiter = new RateLimiter({ rate: 3, burst: 1, clock });
    await limiter.acquire();
    const refusal = await limiter.acquire().catch((error) => error as RateLimitExceededError);
    await clock.advance(refusal?.retryAfterMs ?? 0);

    await expect(limiter.acquire()).resolves.toBeUndefined();
  });

  it("serves waiters in order when it blocks", async () => {
    const clock = new FakeClock();
    const limiter = new RateLimiter({ rate: 1, burst: 1, block: true, clock });
    const served: string[] = [];
    const calls = ["a", "b", "c"].map((name) => limiter.execute(() => served.push(name)));
    await clock.advance(1_000);
    expect(served).toEqual(["a", "b"]);
    await clock.advance(1_000);
    await Promise.all(calls);

    expect(served).toEqual(["a", "b", "c"]);
    expect(clock.pending).toBe(0);
  });

  it("lets no small request past a large one that waits", async () => {
    const clock = new FakeClock();
    const limiter = new RateLimiter({ rate: 1, burst: 3, block: true, clock });
    await limiter.acquire(2);
    const served: string[] = [];
    const large = limiter.acquire(3).then(() => served.push("large"));
    const small = limiter.acquire(1).then(() => served.push("small"));
    await clock.advance(2_000);
    expect(served).toEqual(["large"]);
    await clock.advance(1_000);
    await Promise.all([large, small]);

    expect(served).toEqual(["large", "small"]);
  });

  it("leaves the line when the signal aborts, and lets the next one go up", async () => {
    const clock = new FakeClock();
    const limiter = new RateLimiter({ rate: 1, burst: 1, block: true, clock });
    await limiter.acquire();
    const controller = new AbortController();
    const given = limiter.acquire(1, { signal: controller.signal });
    const next = limiter.acquire();
    controller.abort(new Error("changed my mind"));

    await expect(given).rejects.toThrow("changed my mind");
    await clock.advance(1_000);
    await expect(next).resolves.toBeUndefined();
    expect(limiter.waiting).toBe(0);
  });

  it("refuses at once what exceeds the burst, since it can never be had", async () => {
    const limiter = new RateLimiter({ rate: 1, burst: 5, block: true, clock: new FakeClock() });

    await expect(limiter.acquire(6)).rejects.toMatchObject({ retryAfterMs: undefined });
  });

  it("gives each key a bucket of its own", async () => {
    const limiter = new RateLimiter({
      rate: 1,
      burst: 1,
      key: (event) => (event as Visit).input.tenant,
      clock: new FakeClock(),
    });
    const visit = (tenant: string) => limiter.execute(value, { event: new Visit({ tenant }) });
    await visit("a");

    await expect(visit("a")).rejects.toThrow(RateLimitExceededError);
    await expect(visit("b")).resolves.toBe("done");
  });

  it("lets keys beyond maxKeys share one bucket, and forgets only full ones", async () => {
    const clock = new FakeClock();
    const limiter = new RateLimiter({
      rate: 1,
      burst: 1,
      key: (event) => (event as Visit).input.tenant,
      maxKeys: 2,
      clock,
    });
    const visit = (tenant: string) => limiter.execute(value, { event: new Visit({ tenant }) });
    await visit("a");
    await visit("b");
    await visit("c");

    await expect(visit("d")).rejects.toThrow(RateLimitExceededError);
    await expect(visit("a")).rejects.toThrow(RateLimitExceededError);
    await clock.advance(1_000);
    await expect(visit("d")).resolves.toBe("done");
    expect(limiter.keys).toBeLessThanOrEqual(2);
  });

  it.each([
    [{ rate: 0 }, "RateLimiter: rate must be a number above 0, not 0"],
    [{}, "RateLimiter: rate must be a number above 0, and is missing"],
    [{ rate: 1, burst: 0.5 }, "RateLimiter: burst must be a number of 1 or more, not 0.5"],
    [{ rate: 1, brust: 1 }, "RateLimiter: unknown option brust"],
  ])("refuses %j", (options, message) => {
    expect(() => new RateLimiter(options as never)).toThrow(ConfigurationError);
    expect(() => new RateLimiter(options as never)).toThrow(message);
  });

  it("never admits more than burst + rate · t in any stretch of time, and admits all that a bucket would", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 60 }),
        async (rate, burst, pauses) => {
          const clock = new FakeClock();
          const limiter = new RateLimiter({ rate, burst, clock });
          const admitted: number[] = [];
          let tokens = burst;
          for (const pause of pauses) {
            await clock.advance(pause);
            tokens = Math.min(burst, tokens + (pause * rate) / 1_000);
            const wasAdmitted = await limiter.acquire().then(
              () => true,
              () => false,
            );
            expect(wasAdmitted).toBe(tokens >= 1 - 1e-6);
            if (!wasAdmitted) continue;
            tokens -= 1;
            admitted.push(clock.now());
          }
          for (const [first, start] of admitted.entries()) {
            for (let last = first; last < admitted.length; last++) {
              const stretchMs = (admitted[last] as number) - start;
              expect(last - first + 1).toBeLessThanOrEqual(burst + (rate * stretchMs) / 1_000 + 1e-6);
            }
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  it("serves who waits in the order of arrival, and no sooner than the rate allows", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 3 }),
        fc.array(fc.oneof(fc.constant("call" as const), fc.integer({ min: 1, max: 300 })), { maxLength: 40 }),
        async (rate, burst, steps) => {
          const clock = new FakeClock();
          const limiter = new RateLimiter({ rate, burst, block: true, clock });
          const served: { call: number; at: number }[] = [];
          let calls = 0;
          for (const step of steps) {
            if (step === "call") {
              const call = calls++;
              void limiter.execute(() => served.push({ call, at: clock.now() }));
            } else await clock.advance(step);
          }
          while (limiter.waiting > 0) await clock.advance(1_000);
          await clock.advance(0);

          expect(served.map(({ call }) => call)).toEqual(Array.from({ length: calls }, (_, call) => call));
          for (const [first, { at: start }] of served.entries()) {
            for (const [offset, { at }] of served.slice(first).entries()) {
              expect(offset + 1).toBeLessThanOrEqual(burst + (rate * (at - start)) / 1_000 + 1e-6);
            }
          }
        },
      ),
      { numRuns: 50 },
    );
  });
});

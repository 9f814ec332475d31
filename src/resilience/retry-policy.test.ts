import fc from "fast-check";
import { APIError, CircuitBreakerOpenError, ConfigurationError, NotFoundError } from "tsmodules";
import { CircuitBreaker, RetryBudget, RetryPolicy } from "tsmodules/resilience";
import { FakeClock } from "tsmodules/testing";
import { describe, expect, it, vi } from "vitest";

const failing = () => vi.fn(() => Promise.reject(new Error("down")));

describe("RetryPolicy", () => {
  it("tries again after growing waits, and throws the last error", async () => {
    const clock = new FakeClock();
    const call = failing();
    const outcome = new RetryPolicy({ maxRetries: 2, baseDelayMs: 100, clock }).execute(call);
    outcome.catch(() => {});
    await clock.advance(0); // The first attempt fails.
    await clock.advance(99);
    expect(call).toHaveBeenCalledTimes(1);
    await clock.advance(1);
    expect(call).toHaveBeenCalledTimes(2);
    await clock.advance(200);

    expect(call).toHaveBeenCalledTimes(3);
    await expect(outcome).rejects.toThrow("down");
    expect(clock.pending).toBe(0);
  });

  it("gives what a later attempt gives", async () => {
    const clock = new FakeClock();
    const call = vi.fn().mockRejectedValueOnce(new Error("down")).mockResolvedValue("up");
    const outcome = new RetryPolicy({ clock }).execute(call);
    await clock.advance(0);
    await clock.advance(1_000);

    await expect(outcome).resolves.toBe("up");
  });

  it("does not repeat answers", async () => {
    const call = vi.fn(() => Promise.reject(new NotFoundError("user", 42)));

    await expect(new RetryPolicy({ clock: new FakeClock() }).execute(call)).rejects.toThrow(NotFoundError);
    expect(call).toHaveBeenCalledOnce();
  });

  it.each([
    { jitter: "none", random: 0.5, delays: [1_000, 2_000, 4_000, 5_000] },
    { jitter: "full", random: 0.5, delays: [500, 1_000, 2_000, 2_500] },
    { jitter: "full", random: 0, delays: [0, 0, 0, 0] },
  ] as const)("waits $delays with jitter $jitter at $random", ({ jitter, random, delays }) => {
    const policy = new RetryPolicy({ jitter, maxDelayMs: 5_000, random: () => random });

    expect([0, 1, 2, 3].map((attempt) => policy.delayMs(attempt))).toEqual(delays);
  });

  it("lets a decorrelated wait grow from the one before", () => {
    const policy = new RetryPolicy({ jitter: "decorrelated", maxDelayMs: 10_000, random: () => 1 });

    expect(policy.delayMs(0)).toBe(3_000);
    expect(policy.delayMs(1, 3_000)).toBe(9_000);
    expect(policy.delayMs(2, 9_000)).toBe(10_000);
  });

  it("waits as long as the error says, and not at all for one that says too long", async () => {
    const clock = new FakeClock();
    const busy = (retryAfterMs: number) => Object.assign(new APIError(503, "BUSY", "busy"), { retryAfterMs });
    const patient = vi.fn().mockRejectedValueOnce(busy(5_000)).mockResolvedValue("up");
    const outcome = new RetryPolicy({ clock }).execute(patient);
    await clock.advance(0);
    await clock.advance(4_999);
    expect(patient).toHaveBeenCalledOnce();
    await clock.advance(1);
    await expect(outcome).resolves.toBe("up");

    await expect(new RetryPolicy({ clock }).execute(() => Promise.reject(busy(60_001)))).rejects.toThrow(
      "busy",
    );
  });

  it("stops waiting when the signal aborts", async () => {
    const clock = new FakeClock();
    const controller = new AbortController();
    const outcome = new RetryPolicy({ clock }).execute(failing(), { signal: controller.signal });
    outcome.catch(() => {});
    await clock.advance(10);
    controller.abort(new Error("gone"));

    await expect(outcome).rejects.toThrow("gone");
    expect(clock.pending).toBe(0);
  });

  it("throws the last attempt's error when a circuit opens between two attempts", async () => {
    const clock = new FakeClock();
    const breaker = new CircuitBreaker({ failureThreshold: 2, clock });
    const retry = new RetryPolicy({
      maxRetries: 5,
      baseDelayMs: 0,
      retryable: (error) => !(error instanceof CircuitBreakerOpenError),
      clock,
    });

    await expect(retry.execute(() => breaker.execute(failing()))).rejects.toThrow("down");
  });

  it("repeats a synchronous function without waiting where there is no delay", () => {
    const policy = new RetryPolicy({ baseDelayMs: 0, clock: new FakeClock() });
    let calls = 0;
    const run = policy.run(() => {
      if (++calls < 3) throw new Error("down");
      return calls;
    }, {});

    expect(run).toBe(3);
  });

  it.each([
    [{ maxRetries: -1 }, "RetryPolicy: maxRetries must be an integer of 0 or more, not -1"],
    [{ jitter: "some" }, 'RetryPolicy: jitter must be one of none, full, decorrelated, not "some"'],
    [{ baseDelayMs: 10, maxDelayMs: 5 }, "RetryPolicy: baseDelayMs must be at most maxDelayMs (5), not 10"],
    [
      { budget: { ratio: -1 } },
      "RetryPolicy: budget must be a RetryBudget or its options (budget: ratio must be a number of 0 or more, not -1)",
    ],
  ])("refuses %j", (options, message) => {
    expect(() => new RetryPolicy(options as never)).toThrow(ConfigurationError);
    expect(() => new RetryPolicy(options as never)).toThrow(message);
  });

  it("never waits longer than maxDelayMs", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("none" as const, "full" as const, "decorrelated" as const),
        fc.integer({ min: 0, max: 1_000 }),
        fc.integer({ min: 1_000, max: 5_000 }),
        fc.integer({ min: 0, max: 2_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (jitter, baseDelayMs, maxDelayMs, attempt, random) => {
          const policy = new RetryPolicy({ jitter, baseDelayMs, maxDelayMs, random: () => random });
          const delayMs = policy.delayMs(attempt, maxDelayMs);
          expect(delayMs).toBeGreaterThanOrEqual(0);
          expect(delayMs).toBeLessThanOrEqual(maxDelayMs);
        },
      ),
    );
  });
});

describe("RetryBudget", () => {
  it("never grants more retries than calls and time have earned", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 0, max: 5 }),
        fc.array(fc.oneof(fc.constant("call" as const), fc.integer({ min: 0, max: 500 })), { maxLength: 80 }),
        async (ratio, minPerSecond, steps) => {
          const clock = new FakeClock();
          const budget = new RetryBudget({ ratio, minPerSecond, clock });
          const policy = new RetryPolicy({ maxRetries: 2, baseDelayMs: 0, budget, clock });
          let calls = 0;
          let attempts = 0;
          for (const step of steps) {
            if (step !== "call") {
              await clock.advance(step);
              continue;
            }
            calls++;
            await policy
              .execute(() => {
                attempts++;
                return Promise.reject(new Error("down"));
              })
              .catch(() => {});
          }
          const earned = minPerSecond + ratio * calls + (minPerSecond * clock.now()) / 1_000;
          expect(attempts - calls).toBeLessThanOrEqual(earned + 1e-6);
        },
      ),
      { numRuns: 50 },
    );
  });

  it("is shared by the policies that are given it", async () => {
    const clock = new FakeClock();
    const budget = new RetryBudget({ ratio: 0, minPerSecond: 1, clock });
    const call = failing();
    for (const policy of [1, 2].map(
      () => new RetryPolicy({ maxRetries: 1, baseDelayMs: 0, budget, clock }),
    )) {
      await policy.execute(call).catch(() => {});
    }

    expect(call).toHaveBeenCalledTimes(3);
  });
});

import fc from "fast-check";
import { CircuitBreakerOpenError, ConfigurationError, NotFoundError } from "tsmodules";
import { CircuitBreaker, type CircuitBreakerOptions } from "tsmodules/resilience";
import { FakeClock } from "tsmodules/testing";
import { describe, expect, it, vi } from "vitest";

const fail = () => Promise.reject(new Error("down"));
const succeed = () => Promise.resolve("up");

/** Calls once for each mark: ✓ succeeds, ✗ fails, ? answers with an error that is none of a fault. */
async function replay(breaker: CircuitBreaker, outcomes: string) {
  for (const outcome of outcomes) {
    const call = { "✓": succeed, "✗": fail, "?": () => Promise.reject(new NotFoundError("user")) }[outcome];
    await breaker.execute(call as () => Promise<string>).catch(() => {});
  }
}

describe("CircuitBreaker", () => {
  it.each([
    { outcomes: "✗✗", state: "closed", why: "below the threshold" },
    { outcomes: "✗✗✗", state: "open", why: "at the threshold" },
    { outcomes: "✗✗✓✗✗", state: "closed", why: "a success resets the count" },
    { outcomes: "✗✗??✗", state: "open", why: "answers count neither way" },
  ])("$outcomes leaves it $state: $why", async ({ outcomes, state }) => {
    const breaker = new CircuitBreaker({ failureThreshold: 3, clock: new FakeClock() });
    await replay(breaker, outcomes);

    expect(breaker.state).toBe(state);
  });

  it("refuses while it is open, and says for how long", async () => {
    const clock = new FakeClock();
    const breaker = new CircuitBreaker({ failureThreshold: 1, recoveryTimeoutMs: 30_000, clock });
    await replay(breaker, "✗");
    await clock.advance(10_000);
    const call = vi.fn(succeed);

    await expect(breaker.execute(call)).rejects.toMatchObject({
      code: "CIRCUIT_BREAKER_OPEN",
      retryAfterMs: 20_000,
    });
    expect(call).not.toHaveBeenCalled();
  });

  it("turns half-open by the clock alone, and closes after enough successes", async () => {
    const clock = new FakeClock();
    const changes: string[] = [];
    const breaker = new CircuitBreaker({
      failureThreshold: 1,
      recoveryTimeoutMs: 1_000,
      successThreshold: 2,
      clock,
      onStateChange: (state, previous) => changes.push(`${previous} → ${state}`),
    });
    await replay(breaker, "✗");
    await clock.advance(1_000);
    expect(breaker.state).toBe("half_open");
    await replay(breaker, "✓");
    expect(breaker.state).toBe("half_open");
    await replay(breaker, "✓");

    expect(breaker.state).toBe("closed");
    expect(changes).toEqual(["closed → open", "open → half_open", "half_open → closed"]);
  });

  it("is not broken by a listener that throws", async () => {
    const shown = vi.spyOn(console, "error").mockImplementation(() => {});
    const onStateChange = () => {
      throw new Error("deaf");
    };
    const breaker = new CircuitBreaker({ failureThreshold: 1, clock: new FakeClock(), onStateChange });

    await expect(breaker.execute(fail)).rejects.toThrow("down");
    expect([breaker.state, shown.mock.calls.length]).toEqual(["open", 1]);
    shown.mockRestore();
  });

  it("opens again when a probe fails", async () => {
    const clock = new FakeClock();
    const breaker = new CircuitBreaker({ failureThreshold: 1, recoveryTimeoutMs: 1_000, clock });
    await replay(breaker, "✗");
    await clock.advance(1_000);
    await replay(breaker, "✗");

    expect(breaker.state).toBe("open");
  });

  it("gives a probe's place back when it ends with an answer", async () => {
    const clock = new FakeClock();
    const breaker = new CircuitBreaker({ failureThreshold: 1, recoveryTimeoutMs: 1_000, clock });
    await replay(breaker, "✗");
    await clock.advance(1_000);
    await replay(breaker, "???");

    await expect(breaker.execute(succeed)).resolves.toBe("up");
  });

  it("ignores the late result of a call that began before it opened", async () => {
    const clock = new FakeClock();
    const breaker = new CircuitBreaker({ failureThreshold: 1, recoveryTimeoutMs: 1_000, clock });
    const { promise, reject } = Promise.withResolvers<string>();
    const late = breaker.execute(() => promise);
    await replay(breaker, "✗");
    await clock.advance(1_000);
    expect(breaker.state).toBe("half_open");
    reject(new Error("late"));

    await expect(late).rejects.toThrow("late");
    expect(breaker.state).toBe("half_open");
  });

  it("judges a window of calls after every outcome", async () => {
    const window = { kind: "count", size: 4, minimumCalls: 4, failureRate: 0.5 } as const;
    const breaker = new CircuitBreaker({ window, clock: new FakeClock() });
    await replay(breaker, "✗✓✓");
    expect(breaker.state).toBe("closed");
    await replay(breaker, "✓✗");
    expect(breaker.state).toBe("closed");
    await replay(breaker, "✗");

    expect(breaker.state).toBe("open");
  });

  it("forgets what is older than a window of time", async () => {
    const clock = new FakeClock();
    const window = { kind: "time", size: 1_000, minimumCalls: 2, failureRate: 0.6 } as const;
    const breaker = new CircuitBreaker({ window, clock });
    await replay(breaker, "✗");
    await clock.advance(1_100);
    await replay(breaker, "✓✗");
    expect(breaker.state).toBe("closed");
    await replay(breaker, "✗");

    expect(breaker.state).toBe("open");
  });

  it("opens when too many calls are slow", async () => {
    const clock = new FakeClock();
    const window = {
      kind: "count",
      size: 10,
      minimumCalls: 2,
      failureRate: 1,
      slowCallMs: 100,
      slowCallRate: 0.5,
    } as const;
    const breaker = new CircuitBreaker({ window, clock });
    await replay(breaker, "✓");
    const { promise, resolve } = Promise.withResolvers<void>();
    const slow = breaker.execute(() => promise);
    await clock.advance(101);
    resolve();
    await slow;

    expect(breaker.state).toBe("open");
  });

  it("stays synchronous in its run where the function is", () => {
    const breaker = new CircuitBreaker({ failureThreshold: 1, clock: new FakeClock() });

    expect(breaker.run(() => 42, {})).toBe(42);
    expect(() =>
      breaker.run(() => {
        throw new Error("down");
      }, {}),
    ).toThrow("down");
    expect(() => breaker.run(() => 42, {})).toThrow(CircuitBreakerOpenError);
  });

  it.each([
    [{ failureThreshold: 0 }, "CircuitBreaker: failureThreshold must be a positive integer, not 0"],
    [{ window: { kind: "count", size: 2, minimumCalls: 3, failureRate: 0.5 } }, "at least minimumCalls"],
    [{ window: { kind: "count" } }, "a window with kind, size, minimumCalls and failureRate"],
    [
      { window: { kind: "calls", size: 1, minimumCalls: 1, failureRate: 0.5 } },
      "kind must be one of count, time",
    ],
  ])("refuses %j", (options, message) => {
    expect(() => new CircuitBreaker(options as CircuitBreakerOptions)).toThrow(ConfigurationError);
    expect(() => new CircuitBreaker(options as CircuitBreakerOptions)).toThrow(message);
  });

  it("agrees with a model of calls that begin and end in any order", async () => {
    type Step =
      | { readonly act: "begin" }
      | { readonly act: "end" | "fail"; readonly which: number }
      | { readonly act: "wait"; readonly ms: number };
    const step: fc.Arbitrary<Step> = fc.oneof(
      fc.record({ act: fc.constant("begin" as const) }),
      fc.record({ act: fc.constantFrom("end" as const, "fail" as const), which: fc.nat(10) }),
      fc.record({ act: fc.constant("wait" as const), ms: fc.constantFrom(100, 500, 1_000) }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 3 }),
        fc.array(step, { maxLength: 60 }),
        async (failureThreshold, halfOpenMaxCalls, steps) => {
          const clock = new FakeClock();
          const breaker = new CircuitBreaker({
            failureThreshold,
            halfOpenMaxCalls,
            successThreshold: 2,
            recoveryTimeoutMs: 1_000,
            clock,
          });
          // The model: a state with its number; only calls of the present number count.
          let model = { state: "closed", number: 0, count: 0, running: 0, until: 0 };
          const enter = (state: string) => {
            model = { state, number: model.number + 1, count: 0, running: 0, until: clock.now() + 1_000 };
          };
          const open: { number: number; end: (error?: Error) => void; ended: Promise<unknown> }[] = [];
          for (const next of steps) {
            if (next.act === "wait") await clock.advance(next.ms);
            if (model.state === "open" && clock.now() >= model.until) enter("half_open");
            if (next.act === "begin") {
              const admits =
                model.state === "closed" || (model.state === "half_open" && model.running < halfOpenMaxCalls);
              const { promise, resolve, reject } = Promise.withResolvers<void>();
              let begun = false;
              const ended = breaker
                .execute(() => {
                  begun = true;
                  return promise;
                })
                .catch(() => {});
              expect(begun).toBe(admits);
              if (!admits) continue;
              model.running++;
              open.push({ number: model.number, end: (error) => (error ? reject(error) : resolve()), ended });
            } else if (next.act !== "wait" && open.length > 0) {
              const [call] = open.splice(next.which % open.length, 1) as [(typeof open)[number]];
              const failed = next.act === "fail";
              call.end(failed ? new Error("down") : undefined);
              await call.ended;
              if (call.number !== model.number) continue;
              model.running--;
              if (model.state === "half_open") {
                if (failed) enter("open");
                else if (++model.count >= 2) enter("closed");
              } else {
                model.count = failed ? model.count + 1 : 0;
                if (model.count >= failureThreshold) enter("open");
              }
            }
            expect(breaker.state).toBe(model.state);
          }
        },
      ),
      { numRuns: 100 },
    );
  });
});

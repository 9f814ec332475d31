import { ConfigurationError, EventTimeoutError } from "tsmodules";
import { Timeout } from "tsmodules/resilience";
import { FakeClock } from "tsmodules/testing";
import { describe, expect, it } from "vitest";

const never = () => new Promise<never>(() => {});

describe("Timeout", () => {
  it("rejects when time is up, and aborts the call's signal", async () => {
    const clock = new FakeClock();
    let signal: AbortSignal | undefined;
    const outcome = new Timeout({ timeoutMs: 100, clock }).execute((call) => {
      signal = call.signal;
      return never();
    });
    outcome.catch(() => {});
    await clock.advance(99);
    expect(signal?.aborted).toBe(false);
    await clock.advance(1);

    await expect(outcome).rejects.toThrow("the call took longer than 100 ms");
    await expect(outcome).rejects.toThrow(EventTimeoutError);
    expect(signal?.aborted).toBe(true);
  });

  it("leaves nothing behind that a process would wait for", async () => {
    const clock = new FakeClock();
    const timeout = new Timeout({ timeoutMs: 100, clock });

    expect(await timeout.execute(async () => "done")).toBe("done");
    expect(timeout.run(() => "sync", {})).toBe("sync");
    expect(clock.pending).toBe(0);
  });

  it("serves all calls by one timer, each at its time", async () => {
    const clock = new FakeClock();
    const timeout = new Timeout({ timeoutMs: 100, clock });
    const ended: string[] = [];
    for (const name of ["a", "b", "c"]) {
      timeout.execute(never).catch(() => ended.push(`${name} at ${clock.now()}`));
      await clock.advance(10);
    }
    expect(clock.pending).toBe(1);
    await clock.advance(70);
    await clock.advance(10);
    await clock.advance(10);

    expect(ended).toEqual(["a at 100", "b at 110", "c at 120"]);
    expect(clock.pending).toBe(0);
  });

  it("passes the caller's abort on", async () => {
    const controller = new AbortController();
    const outcome = new Timeout({ timeoutMs: 100, clock: new FakeClock() }).execute(never, {
      signal: controller.signal,
    });
    controller.abort(new Error("gone"));

    await expect(outcome).rejects.toThrow("gone");
  });

  it("refuses a limit that is none", () => {
    expect(() => new Timeout({ timeoutMs: 0 })).toThrow(ConfigurationError);
  });
});

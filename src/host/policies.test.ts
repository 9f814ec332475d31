import {
  APIError,
  BulkheadFullError,
  CircuitBreakerOpenError,
  ConfigurationError,
  defineEvent,
  defineModule,
  EventHandlingError,
  EventTimeoutError,
  type Handler,
  HostClosedError,
  Module,
  type ModuleHostOptions,
  NotFoundError,
  type Policies,
  RateLimitExceededError,
  SKIP,
} from "tsmodules";
import { CircuitBreaker, DeadLetterQueue, RateLimiter, RetryPolicy } from "tsmodules/resilience";
import { createTestHost, FakeClock } from "tsmodules/testing";
import { describe, expect, it, vi } from "vitest";
import { z } from "zod";

class Work extends defineEvent("test.work", { output: z.string() }) {}
class Outer extends defineEvent("test.outer", { output: z.string() }) {}

const down = () => new Error("down");

/** A host with one module that handles Work. */
function hostWith(
  handler: Handler<Work>,
  { host = {}, module = {}, handle = {} }: { host?: ModuleHostOptions; module?: Policies; handle?: Policies },
) {
  const worker = defineModule({ name: "worker", policies: module }, (builder) =>
    builder.handle(Work, handler, handle),
  );
  return createTestHost({ clock: new FakeClock(), ...host }).register(worker);
}

const levels = (policies: Policies) => [
  ["the host", { host: policies }] as const,
  ["the module", { module: policies }] as const,
  ["the handler", { handle: policies }] as const,
];

describe("retryPolicy", () => {
  it.each(levels({ retryPolicy: { maxRetries: 2, baseDelayMs: 0 } }))(
    "of %s repeats a failed attempt",
    async (_level, at) => {
      const handler = vi
        .fn(() => "done")
        .mockImplementationOnce(() => {
          throw down();
        });

      expect(await hostWith(handler, at).send(new Work())).toBe("done");
      expect(handler).toHaveBeenCalledTimes(2);
    },
  );

  it("works without waiting in handleSync", () => {
    const handler = vi
      .fn(() => "done")
      .mockImplementationOnce(() => {
        throw down();
      });

    expect(
      hostWith(handler, { host: { retryPolicy: { baseDelayMs: 0 } } }).handleSync(new Work()).output,
    ).toBe("done");
  });

  it("of the handler replaces the host's; false switches it off", async () => {
    const handler = vi.fn((): string => {
      throw down();
    });
    const host = hostWith(handler, {
      host: { retryPolicy: { baseDelayMs: 0 } },
      handle: { retryPolicy: false },
    });

    await expect(host.send(new Work())).rejects.toThrow(EventHandlingError);
    expect(handler).toHaveBeenCalledOnce();
  });

  it("waits by the host's clock, and gives up when the host closes", async () => {
    const clock = new FakeClock();
    const handler = vi.fn((): string => {
      throw down();
    });
    const host = hostWith(handler, { host: { clock, retryPolicy: { baseDelayMs: 1_000 } } });
    const answer = host.send(new Work());
    answer.catch(() => {});
    await clock.advance(0);
    await clock.advance(1_000);
    expect(handler).toHaveBeenCalledTimes(2);
    await host.close();

    await expect(answer).rejects.toThrow(HostClosedError);
    expect(clock.pending).toBe(0);
  });

  it("leaves answers alone", async () => {
    const handler = vi.fn((): string => {
      throw new NotFoundError("user");
    });

    await expect(hostWith(handler, { host: { retryPolicy: {} } }).send(new Work())).rejects.toThrow(
      NotFoundError,
    );
    expect(handler).toHaveBeenCalledOnce();
  });

  it.each([
    ["an error", () => new Error("down")],
    ["an APIError", () => new APIError(503, "DOWN", "down")],
  ])("does not repeat outside what was repeated inside: %s", async (_what, error) => {
    const inner = vi.fn((): string => {
      throw error();
    });
    const host = hostWith(inner, { host: { retryPolicy: { maxRetries: 2, baseDelayMs: 0 } } });
    host.register(
      defineModule({ name: "outer" }, (module) => {
        module.handle(Outer, (_event, context) => context.host.send(new Work()));
      }),
    );

    await expect(host.send(new Outer())).rejects.toThrow("down");
    expect(inner).toHaveBeenCalledTimes(3);
  });

  it("does not repeat a class's handle that timed out, since it may still answer", async () => {
    const clock = new FakeClock();
    const handle = vi.fn(() => new Promise<void>(() => {}));
    class Slow extends Module {
      canHandle = () => true;
      handle = handle;
    }
    const host = createTestHost({ clock, timeoutMs: 10, retryPolicy: { baseDelayMs: 0 } }).register(
      new Slow(),
    );
    const answer = host.send(new Work());
    answer.catch(() => {});
    await clock.advance(10);

    await expect(answer).rejects.toThrow(EventTimeoutError);
    expect(handle).toHaveBeenCalledOnce();
  });
});

describe("timeoutMs and retryPolicy", () => {
  it("limit and repeat each attempt", async () => {
    const clock = new FakeClock();
    const handler = vi.fn(async () => "done").mockImplementationOnce(() => new Promise(() => {}));
    const host = hostWith(handler, { host: { clock, timeoutMs: 100, retryPolicy: { baseDelayMs: 0 } } });
    const answer = host.send(new Work());
    await clock.advance(100);

    await expect(answer).resolves.toBe("done");
    expect(clock.pending).toBe(0);
  });
});

describe("timeoutMs", () => {
  it("begins anew with each attempt, and with each handler that is asked", async () => {
    const clock = new FakeClock();
    const takes = (ms: number, end: () => string) => async () => {
      await new Promise<void>((resolve) => void clock.schedule(ms, resolve));
      return end();
    };
    const failing = takes(80, () => {
      throw down();
    });
    const handler = vi.fn(takes(80, () => "done")).mockImplementationOnce(failing);
    const host = createTestHost({ clock, timeoutMs: 100, retryPolicy: { baseDelayMs: 0 } });
    host.register(
      defineModule({ name: "declining" }, (module) => {
        module.handle(Work, async () => {
          await new Promise<void>((resolve) => void clock.schedule(80, resolve));
          return SKIP;
        });
      }),
    );
    host.register(defineModule({ name: "worker" }, (module) => module.handle(Work, handler)));
    const answer = host.send(new Work());
    for (let turn = 0; turn < 3; turn++) await clock.advance(80);

    await expect(answer).resolves.toBe("done");
  });
});

describe("a caller's signal", () => {
  it("ends the wait for a retry, while the attempt that timed out still runs", async () => {
    const clock = new FakeClock();
    const host = hostWith(() => new Promise<string>(() => {}), {
      host: { clock, timeoutMs: 100, retryPolicy: { baseDelayMs: 1_000 } },
    });
    const answer = host.send(new Work());
    answer.catch(() => {});
    await clock.advance(100);
    const closed = host.close({ timeoutMs: 10 });
    await clock.advance(10);

    await expect(answer).rejects.toThrow(HostClosedError);
    await closed;
  });

  it("ends an attempt that began after another one had timed out", async () => {
    const clock = new FakeClock();
    const signals: AbortSignal[] = [];
    const host = hostWith(
      (_event, { signal }) => {
        signals.push(signal);
        return new Promise<string>(() => {});
      },
      { host: { clock, timeoutMs: 100, retryPolicy: { baseDelayMs: 0 } } },
    );
    const answer = host.send(new Work());
    answer.catch(() => {});
    await clock.advance(100);
    const closed = host.close({ timeoutMs: 10 });
    await clock.advance(10);

    await expect(answer).rejects.toThrow(HostClosedError);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
    await closed;
  });
});

describe("circuitBreaker", () => {
  const broken = () => {
    throw down();
  };

  it("as options gives each module its own", async () => {
    const host = hostWith(broken, { host: { circuitBreaker: { failureThreshold: 1 } } });
    host.register(defineModule({ name: "healthy" }, (module) => module.handle(Outer, () => "fine")));
    await host.send(new Work()).catch(() => {});

    await expect(host.send(new Work())).rejects.toThrow(CircuitBreakerOpenError);
    expect(await host.send(new Outer())).toBe("fine");
    expect(host.condition.openCircuits).toEqual(["worker"]);
  });

  it("as an instance is shared", async () => {
    const circuitBreaker = new CircuitBreaker({ failureThreshold: 1 });
    const host = hostWith(broken, { host: { circuitBreaker } });
    host.register(defineModule({ name: "healthy" }, (module) => module.handle(Outer, () => "fine")));
    await host.send(new Work()).catch(() => {});

    await expect(host.send(new Outer())).rejects.toThrow(CircuitBreakerOpenError);
  });

  it("counts every attempt, and the caller gets the last attempt's error", async () => {
    const handler = vi.fn(broken);
    const host = hostWith(handler, {
      host: { circuitBreaker: { failureThreshold: 2 }, retryPolicy: { maxRetries: 5, baseDelayMs: 0 } },
    });

    await expect(host.send(new Work())).rejects.toThrow('module "worker" failed to handle "test.work": down');
    expect(handler).toHaveBeenCalledTimes(2);
  });

  it("counts timeouts, and no caller that gives up", async () => {
    const clock = new FakeClock();
    const circuitBreaker = new CircuitBreaker({ failureThreshold: 1, clock });
    const host = hostWith(() => new Promise<string>(() => {}), {
      host: { clock, circuitBreaker, timeoutMs: 100 },
    });
    const controller = new AbortController();
    const given = host.send(new Work(), { signal: controller.signal });
    controller.abort(new Error("gone"));
    await expect(given).rejects.toThrow("gone");
    expect(circuitBreaker.state).toBe("closed");

    const late = host.send(new Work());
    late.catch(() => {});
    await clock.advance(100);
    await expect(late).rejects.toThrow(EventTimeoutError);
    expect(circuitBreaker.state).toBe("open");
  });

  it("gives a probe's place back when its caller gives up", async () => {
    const clock = new FakeClock();
    const controller = new AbortController();
    const handler = vi.fn(async () => "done");
    handler.mockImplementationOnce(async () => broken());
    handler.mockImplementationOnce(() => {
      controller.abort(new Error("gone"));
      return new Promise(() => {});
    });
    const circuitBreaker = { failureThreshold: 1, recoveryTimeoutMs: 1_000 };
    const host = hostWith(handler, { host: { clock, circuitBreaker, timeoutMs: 100 } });
    await host.send(new Work()).catch(() => {});
    await clock.advance(1_000);
    await expect(host.send(new Work(), { signal: controller.signal })).rejects.toThrow("gone");

    expect(await host.send(new Work())).toBe("done");
  });

  it("recovers by probes", async () => {
    const clock = new FakeClock();
    const handler = vi.fn(() => "done").mockImplementationOnce(broken);
    const host = hostWith(handler, {
      host: { clock, circuitBreaker: { failureThreshold: 1, recoveryTimeoutMs: 1_000, successThreshold: 1 } },
    });
    await host.send(new Work()).catch(() => {});
    await clock.advance(1_000);

    expect(await host.send(new Work())).toBe("done");
    expect(host.condition.openCircuits).toEqual([]);
  });
});

describe("rateLimiter", () => {
  it.each(levels({ rateLimiter: { rate: 1, burst: 1 } }))(
    "of %s refuses what comes too fast",
    async (_level, at) => {
      const host = hostWith(() => "done", at);
      await host.send(new Work());

      await expect(host.send(new Work())).rejects.toThrow(RateLimitExceededError);
      await expect(host.handle(new Work())).rejects.toMatchObject({ retryAfterMs: 1_000 });
    },
  );

  it("of every level holds", async () => {
    const host = hostWith(() => "done", {
      host: { rateLimiter: { rate: 1, burst: 5 } },
      handle: { rateLimiter: { rate: 1, burst: 1 } },
    });
    await host.send(new Work());

    await expect(host.send(new Work())).rejects.toThrow(RateLimitExceededError);
  });

  it("takes no second token of the host for what is dispatched inside", async () => {
    const host = hostWith(() => "done", { host: { rateLimiter: { rate: 1, burst: 1 } } });
    host.register(
      defineModule({ name: "outer" }, (module) => {
        module.handle(Outer, (_event, context) => context.host.send(new Work()));
      }),
    );

    expect(await host.send(new Outer())).toBe("done");
  });

  it("that blocks lets events wait in line, which handleSync cannot", async () => {
    const clock = new FakeClock();
    const rateLimiter = new RateLimiter({ rate: 1, burst: 1, block: true, clock });
    const host = hostWith(() => "done", { host: { clock, rateLimiter } });
    await host.send(new Work());
    const waiting = host.send(new Work());
    expect(() => host.handleSync(new Work())).toThrow("cannot be handled synchronously");
    expect(rateLimiter.waiting).toBe(1);
    await clock.advance(1_000);

    expect(await waiting).toBe("done");
  });

  it("rejects who waits when the host closes", async () => {
    const clock = new FakeClock();
    const host = hostWith(() => "done", { host: { clock, rateLimiter: { rate: 1, burst: 1, block: true } } });
    await host.send(new Work());
    const waiting = host.send(new Work());
    waiting.catch(() => {});
    await host.close();

    await expect(waiting).rejects.toThrow(HostClosedError);
    expect(clock.pending).toBe(0);
  });
});

describe("bulkhead", () => {
  it("refuses what finds neither a slot nor a place in line", async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const host = hostWith(() => promise, { handle: { bulkhead: { maxConcurrent: 1, maxQueue: 1 } } });
    const first = host.send(new Work());
    const second = host.send(new Work());

    await expect(host.send(new Work())).rejects.toThrow(BulkheadFullError);
    resolve("done");
    expect([await first, await second]).toEqual(["done", "done"]);
  });

  it("keeps the slot of an attempt that timed out until its handler has ended", async () => {
    const clock = new FakeClock();
    const { promise, resolve } = Promise.withResolvers<string>();
    const host = hostWith(() => promise, {
      host: { clock, timeoutMs: 100, bulkhead: { maxConcurrent: 1, maxQueue: 0 } },
    });
    const late = host.send(new Work());
    late.catch(() => {});
    await clock.advance(100);
    await expect(late).rejects.toThrow(EventTimeoutError);

    await expect(host.send(new Work())).rejects.toThrow(BulkheadFullError);
    resolve("done");
    await clock.advance(0);
    expect(await host.send(new Work())).toBe("done");
  });
});

describe("fallback and deadLetterQueue", () => {
  const broken = () => {
    throw down();
  };

  it("answer, and keep the event with the true number of attempts", async () => {
    const deadLetterQueue = new DeadLetterQueue();
    const host = hostWith(broken, {
      host: {
        deadLetterQueue,
        retryPolicy: new RetryPolicy({ maxRetries: 2, baseDelayMs: 0 }),
        fallback: { defaultValue: "sorry" },
      },
    });

    expect(await host.send(new Work())).toBe("sorry");
    expect(deadLetterQueue.entries).toMatchObject([
      { error: { message: "down" }, moduleName: "worker", attempts: 3, event: { name: "test.work" } },
    ]);
  });

  it("a fallback stands in for an open circuit, and not for the handler's own rate limit", async () => {
    const host = hostWith(broken, {
      host: { circuitBreaker: { failureThreshold: 1 }, fallback: { defaultValue: "sorry" } },
      handle: { rateLimiter: { rate: 1, burst: 2 } },
    });
    expect([await host.send(new Work()), await host.send(new Work())]).toEqual(["sorry", "sorry"]);

    await expect(host.send(new Work())).rejects.toThrow(RateLimitExceededError);
  });

  it("made of options is found in the host's config", async () => {
    const host = hostWith(broken, { host: { deadLetterQueue: { maxSize: 10 } } });
    await host.handle(new Work()).catch(() => {});

    expect(host.config.deadLetterQueue).toBeInstanceOf(DeadLetterQueue);
    expect(host.condition.deadLetters).toEqual({ size: 1, maxSize: 10 });
  });

  it("keep no event of a subscriber that failed", async () => {
    const deadLetterQueue = new DeadLetterQueue();
    const onError = vi.fn();
    const host = createTestHost({ deadLetterQueue, onError });
    host.register(defineModule({ name: "listener" }, (module) => module.subscribe(Work, broken)));
    const { failed } = await host.publish(new Work());

    expect([failed.length, onError.mock.calls.length, deadLetterQueue.size]).toEqual([1, 1, 0]);
  });
});

describe("metrics", () => {
  it("count each thing once for what it names", async () => {
    const clock = new FakeClock();
    const handler = vi.fn((): string => {
      throw down();
    });
    const host = hostWith(handler, {
      host: {
        clock,
        enableMetrics: true,
        rateLimiter: { rate: 1, burst: 3 },
        circuitBreaker: { failureThreshold: 3 },
        retryPolicy: { maxRetries: 2, baseDelayMs: 0 },
        deadLetterQueue: {},
      },
    });
    await host.handle(new Work()).catch(() => {}); // Three attempts open the circuit.
    await host.handle(new Work()).catch(() => {}); // The circuit refuses it.
    await host.handle(new Outer()); // Nobody handles it.
    await host.handle(new Outer()).catch(() => {}); // The limiter refuses it.

    expect(host.metrics?.toJSON()).toMatchObject({
      eventsDispatched: 2,
      eventsHandled: 0,
      eventsUnhandled: 1,
      eventsFailed: 1,
      eventsRetried: 2,
      eventsRateLimited: 1,
      eventsCircuitBroken: 1,
      eventsDeadLettered: 1,
      modulesRegistered: 1,
    });
  });
});

describe("options of policies", () => {
  it("are refused by name, at every level", () => {
    const wrong = { retryPolicy: { maxRetries: -1 }, circuitBreaker: 5 as never };

    expect(() => createTestHost(wrong)).toThrow(ConfigurationError);
    expect(() => createTestHost(wrong)).toThrow(
      "ModuleHost: retryPolicy must be a RetryPolicy or its options",
    );
    expect(() => createTestHost(wrong)).toThrow(
      "ModuleHost: circuitBreaker must be a CircuitBreaker or its options",
    );
    expect(() => hostWith(() => "", { handle: wrong })).toThrow(
      'module "worker", handler of "test.work": retryPolicy must be',
    );
  });
});

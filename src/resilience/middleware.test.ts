import {
  BulkheadFullError,
  CircuitBreakerOpenError,
  defineEvent,
  defineModule,
  EventTimeoutError,
  type Handler,
  type Middleware,
  RateLimitExceededError,
} from "tsmodules";
import {
  Bulkhead,
  CircuitBreaker,
  DeadLetterQueue,
  Fallback,
  Idempotency,
  RateLimiter,
  RetryPolicy,
  Timeout,
} from "tsmodules/resilience";
import { createTestHost, FakeClock } from "tsmodules/testing";
import { expect, it, vi } from "vitest";
import { z } from "zod";

class Work extends defineEvent("test.work", { output: z.string() }) {}

const broken = (): string => {
  throw new Error("down");
};

/** A host that handles Work behind the middleware. */
const behind = (middleware: Middleware, handler: Handler<Work>) =>
  createTestHost({ middleware: [middleware] }).register(
    defineModule({ name: "worker" }, (module) => module.handle(Work, handler)),
  );

it("a rate limiter refuses", async () => {
  const host = behind(
    new RateLimiter({ rate: 1, burst: 1, clock: new FakeClock() }).middleware,
    () => "done",
  );
  expect(host.handleSync(new Work()).output).toBe("done");

  await expect(host.send(new Work())).rejects.toThrow(RateLimitExceededError);
});

it("a circuit breaker opens", async () => {
  const host = behind(new CircuitBreaker({ failureThreshold: 1 }).middleware, broken);
  await host.handle(new Work()).catch(() => {});

  await expect(host.send(new Work())).rejects.toThrow(CircuitBreakerOpenError);
});

it("a retry repeats", async () => {
  const handler = vi.fn(() => "done").mockImplementationOnce(broken);

  expect(await behind(new RetryPolicy({ baseDelayMs: 0 }).middleware, handler).send(new Work())).toBe("done");
});

it("a timeout rejects, and aborts nothing but its own wait", async () => {
  const clock = new FakeClock();
  const answer = behind(new Timeout({ timeoutMs: 10, clock }).middleware, () => new Promise(() => {})).send(
    new Work(),
  );
  answer.catch(() => {});
  await clock.advance(10);

  await expect(answer).rejects.toThrow(EventTimeoutError);
});

it("a bulkhead refuses what finds no place", async () => {
  const { promise, resolve } = Promise.withResolvers<string>();
  const host = behind(new Bulkhead({ maxConcurrent: 1, maxQueue: 0 }).middleware, () => promise);
  const first = host.send(new Work());

  await expect(host.send(new Work())).rejects.toThrow(BulkheadFullError);
  resolve("done");
  expect(await first).toBe("done");
});

it("a fallback answers", async () => {
  const fallback = new Fallback({ defaultValue: "sorry", logErrors: false });

  expect(await behind(fallback.middleware, broken).send(new Work())).toBe("sorry");
});

it("a dead-letter queue keeps the event, with the handler's own error and its module", async () => {
  const queue = new DeadLetterQueue();
  await behind(queue.middleware, broken)
    .handle(new Work())
    .catch(() => {});

  expect(queue.entries).toMatchObject([{ error: { message: "down" }, moduleName: "worker" }]);
});

it("an idempotency answers with the first outcome", async () => {
  const handler = vi.fn(() => "done");
  const host = behind(new Idempotency({ clock: new FakeClock() }).middleware, handler);
  const work = () => new Work({}, { idempotencyKey: "key" });

  expect([await host.send(work()), await host.send(work())]).toEqual(["done", "done"]);
  expect(handler).toHaveBeenCalledOnce();
});

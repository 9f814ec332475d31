import { ConfigurationError, defineEvent, RateLimitExceededError } from "tsmodules";
import { createClient, NetworkError, RemoteError } from "tsmodules/client";
import { RetryPolicy } from "tsmodules/resilience";
import { FakeClock } from "tsmodules/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";

class Look extends defineEvent("shop.look", { output: z.string(), idempotent: true }) {}
class Buy extends defineEvent("shop.buy", {
  output: z.string(),
  errors: { SOLD_OUT: z.object({}) },
  http: { errorStatus: { SOLD_OUT: 503 } },
}) {}
class Watch extends defineEvent("shop.watch", { output: z.string(), idempotent: true, stream: true }) {}

const ok = () => new Response('"done"', { headers: { "content-type": "application/json" } });
const down = (status = 503, headers: Record<string, string> = {}) =>
  new Response("<html>", { status, headers });
const problem = (status: number, code: string) =>
  new Response(JSON.stringify({ status, code, detail: code, data: {} }), {
    status,
    headers: { "content-type": "application/problem+json", "retry-after": "3" },
  });
const offline = (): Response => {
  throw new TypeError("fetch failed");
};

/** A client whose attempts are answered one after the other, the last one's answer for all that follow. */
function clientOf(answers: readonly (() => Response)[], options: object = {}) {
  let attempts = 0;
  const client = createClient({
    url: "http://localhost",
    retryPolicy: { maxRetries: 2, baseDelayMs: 0 },
    fetch: async () => (answers[attempts++] ?? answers.at(-1) ?? ok)(),
    ...options,
  });
  return { client, attempts: () => attempts };
}

const keyed = () => new Buy({}, { idempotencyKey: "k" });

describe("a call is tried again", () => {
  it.each<[string, () => Response]>([
    ["the network failed", offline],
    ["the gateway has nobody", () => down(502)],
    ["the server is out of service", () => down(503)],
    ["the gateway's time is up", () => down(504)],
    ["there were too many requests", () => down(429)],
    ["the host closes", () => problem(503, "HOST_CLOSED")],
    ["a circuit is open", () => problem(503, "CIRCUIT_BREAKER_OPEN")],
  ])("when %s", async (_why, failing) => {
    const { client, attempts } = clientOf([failing, ok], {
      retryPolicy: { maxRetries: 1, baseDelayMs: 0, maxDelayMs: 3_000, clock: immediate },
    });

    expect(await client.send(new Look())).toBe("done");
    expect(attempts()).toBe(2);
  });

  it("with an idempotency key, too", async () => {
    const { client, attempts } = clientOf([offline, ok]);

    expect(await client.send(keyed())).toBe("done");
    expect(attempts()).toBe(2);
  });

  it("until the policy has enough, and then fails with the last error", async () => {
    const { client, attempts } = clientOf([offline, () => down(502)]);

    await expect(client.send(new Look())).rejects.toMatchObject({ name: "RemoteError", status: 502 });
    expect(attempts()).toBe(3);
  });

  it("after as long as the server says", async () => {
    const clock = new FakeClock();
    const { client, attempts } = clientOf([() => problem(429, "RATE_LIMIT_EXCEEDED"), ok], {
      clock,
      retryPolicy: { baseDelayMs: 1 },
    });
    const answer = client.send(new Look());
    await until(() => clock.pending === 1);
    await clock.advance(2_999);
    expect(attempts()).toBe(1);
    await clock.advance(1);

    expect(await answer).toBe("done");
  });

  it("by a policy that exists already", async () => {
    const retryable = (error: unknown) => error instanceof RemoteError && error.status === 429;
    const { client, attempts } = clientOf([() => down(429), () => down(503)], {
      retryPolicy: new RetryPolicy({ baseDelayMs: 0, retryable }),
    });

    await expect(client.send(new Look())).rejects.toMatchObject({ status: 503 });
    expect(attempts()).toBe(2);
  });

  it("asking for the token anew", async () => {
    let asked = 0;
    const { client } = clientOf([offline, ok], { token: () => `t${++asked}` });
    await client.send(new Look());

    expect(asked).toBe(2);
  });
});

describe("a call is not tried again", () => {
  it("without a policy", async () => {
    const { client, attempts } = clientOf([offline], { retryPolicy: undefined });

    await expect(client.send(new Look())).rejects.toThrow(NetworkError);
    expect(attempts()).toBe(1);
  });

  it("where its event is not idempotent and has no key", async () => {
    const { client, attempts } = clientOf([offline, ok]);

    await expect(client.send(new Buy())).rejects.toThrow(NetworkError);
    expect(attempts()).toBe(1);
  });

  it.each<[string, () => Response]>([
    ["the server failed", () => down(500)],
    ["the page is missing", () => down(404)],
    ["the input is refused", () => problem(422, "EVENT_VALIDATION")],
    ["nobody handles it", () => problem(501, "UNHANDLED_EVENT")],
    ["what failed is declared, whatever its status", () => problem(503, "SOLD_OUT")],
    ["the answer is garbage", () => new Response("{", { headers: { "content-type": "application/json" } })],
  ])("when %s", async (_why, failing) => {
    const { client, attempts } = clientOf([failing, ok]);

    await expect(client.send(keyed())).rejects.toThrow();
    expect(attempts()).toBe(1);
  });

  it("when who knows the token fails", async () => {
    const { client, attempts } = clientOf([ok], { token: () => Promise.reject(new TypeError("signed out")) });

    await expect(client.send(new Look())).rejects.toThrow("signed out");
    expect(attempts()).toBe(0);
  });

  it("when the server asks for more patience than the policy has", async () => {
    const { client, attempts } = clientOf([() => problem(429, "RATE_LIMIT_EXCEEDED"), ok], {
      retryPolicy: { baseDelayMs: 0, maxDelayMs: 2_000 },
    });

    await expect(client.send(new Look())).rejects.toThrow(RateLimitExceededError);
    expect(attempts()).toBe(1);
  });

  it("after its caller aborted it, or its time was up, while it waited", async () => {
    const clock = new FakeClock();
    const { client, attempts } = clientOf([offline], { clock, retryPolicy: { baseDelayMs: 50 } });
    const controller = new AbortController();
    const aborted = expect(client.send(new Look(), { signal: controller.signal })).rejects.toBe("enough");
    await until(() => clock.pending === 1);
    controller.abort("enough");
    await aborted;
    const late = expect(client.send(new Look(), { timeoutMs: 20 })).rejects.toThrow("took longer than 20 ms");
    await until(() => clock.pending === 2);
    await clock.advance(20);

    await late;
    expect([attempts(), clock.pending]).toEqual([2, 0]);
  });

  it("once its stream has begun", async () => {
    const broken = () => new Response('data: "a"\n\n', { headers: { "content-type": "text/event-stream" } });
    const { client, attempts } = clientOf([offline, broken]);
    const items = await client.send(new Watch());

    await expect(
      (async () => {
        for await (const _ of items);
      })(),
    ).rejects.toThrow("the stream broke off");
    expect(attempts()).toBe(2);
  });

  it("where the policy's options are wrong, which every call says", async () => {
    const { client, attempts } = clientOf([ok], { retryPolicy: { maxRetries: -1 } });

    await expect(client.send(new Look())).rejects.toThrow(ConfigurationError);
    await expect(client.send(new Buy())).rejects.toThrow(
      "RetryPolicy: maxRetries must be an integer of 0 or more",
    );
    expect(attempts()).toBe(0);
  });
});

/** A clock on which no wait takes time. */
const immediate = {
  now: () => 0,
  schedule(_delayMs: number, callback: () => void) {
    queueMicrotask(callback);
    return () => {};
  },
};

/** Lets everything run that is due, until something is so. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

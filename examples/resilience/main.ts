/**
 * What policies make of a flaky dependency: the same 100 requests without any, and with ever more of them.
 *
 *     npm run example examples/resilience/main.ts
 */
import { setTimeout as delay } from "node:timers/promises";
import { ModuleHost, type Policies } from "tsmodules";
import { FlakyExchange } from "./flaky-exchange.ts";
import { GetRate, rates } from "./rates.ts";

const REQUESTS = 100;

const timeout = { timeoutMs: 30 };
const retry = { retryPolicy: { maxRetries: 3, baseDelayMs: 1, maxDelayMs: 10 } };
const breaker = { circuitBreaker: { failureThreshold: 5, recoveryTimeoutMs: 20 } };
const fallback = { fallback: { defaultValue: { rate: 1, isStale: true }, logErrors: false } };

const setups: Record<string, Policies> = {
  "no policy": {},
  timeout,
  "timeout, retry": { ...timeout, ...retry },
  "timeout, retry, circuit breaker": { ...timeout, ...retry, ...breaker },
  "timeout, retry, circuit breaker, fallback": { ...timeout, ...retry, ...breaker, ...fallback },
};

/** Makes the requests, one every 2 ms, and tells what became of them. */
async function measure(policies: Policies) {
  const exchange = new FlakyExchange();
  const host = new ModuleHost({ logLevel: "silent" }).register(rates(exchange, policies));
  const result = { fresh: 0, stale: 0, failed: 0 };
  let slowestMs = 0;
  for (let request = 0; request < REQUESTS; request++) {
    exchange.isDown = request >= 50 && request < 80;
    await delay(2);
    const startedAt = performance.now();
    try {
      const { isStale } = await host.send(new GetRate({ currency: "USD" }));
      result[isStale ? "stale" : "fresh"]++;
    } catch {
      result.failed++;
    }
    slowestMs = Math.max(slowestMs, performance.now() - startedAt);
  }
  await host.close();
  return { ...result, "slowest, ms": Math.round(slowestMs), "calls of the exchange": exchange.calls };
}

const table: Record<string, Awaited<ReturnType<typeof measure>>> = {};
for (const [name, policies] of Object.entries(setups)) table[name] = await measure(policies);

console.log(`${REQUESTS} requests to a dependency that fails, hangs, and is down for a while:`);
console.table(table);

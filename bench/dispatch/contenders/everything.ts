import { defineEvent, defineModule, ModuleHost, type ModuleHostOptions } from "tsmodules";
import { type Contender, inputOf } from "../contender.ts";
import { greet, greetInput, greetOutput, greetSync } from "../greet.ts";

class Greet extends defineEvent("bench.greet", { input: greetInput, output: greetOutput }) {}

const greeter = defineModule({ name: "greeter" }, (module) => {
  module.handle(Greet, ({ input }) => greet(input));
});

const syncGreeter = defineModule({ name: "greeter" }, (module) => {
  module.handle(Greet, ({ input }) => greetSync(input));
});

/** Metrics, rate limit, circuit breaker, retry, time limit, concurrency limit, dead letters. */
export const everything: ModuleHostOptions = {
  enableMetrics: true,
  rateLimiter: { rate: 1e9, burst: 1e6 },
  circuitBreaker: {},
  retryPolicy: {},
  timeoutMs: 1_000,
  maxConcurrency: 1_000,
  deadLetterQueue: {},
};

const contender = (name: string, handler: "async" | "sync", options: ModuleHostOptions): Contender => ({
  name,
  validates: "zod",
  finds: "by class",
  handler,
  setUp() {
    const host = new ModuleHost({ logLevel: "silent", ...options });
    host.register(handler === "async" ? greeter : syncGreeter);
    return { run: (i) => host.send(new Greet(inputOf(i))) };
  },
});

export const contenders: Contender[] = [
  contender("tsmodules, everything on", "async", everything),
  contender("tsmodules, everything on, sync handler", "sync", everything),
  contender("tsmodules, metrics", "async", { enableMetrics: true }),
  contender("tsmodules, metrics and tracing", "async", { enableMetrics: true, enableTracing: true }),
];

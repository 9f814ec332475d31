import {
  bulkhead,
  ConsecutiveBreaker,
  circuitBreaker,
  ExponentialBackoff,
  handleAll,
  retry,
  TimeoutStrategy,
  timeout,
  wrap,
} from "cockatiel";
import { type BrokerOptions, ServiceBroker } from "moleculer";
import { type Contender, type Input, inputOf, type Output, type Subject } from "../contender.ts";
import { greet, greetChecked } from "../greet.ts";

async function brokerWith(options: BrokerOptions): Promise<Subject> {
  const broker = new ServiceBroker({ logger: false, ...options });
  const params = { name: "string" };
  broker.createService({
    name: "bench",
    actions: { greet: { params, handler: (context) => greet(context.params) } },
  });
  await broker.start();
  return { run: (i) => broker.call<Output, Input>("bench.greet", inputOf(i)) };
}

const metrics = { enabled: true, reporter: [] };
const tracing = { enabled: true, exporter: [] };

export const contenders: Contender[] = [
  {
    name: "moleculer, everything on",
    validates: "fastest-validator",
    finds: "by name",
    handler: "async",
    setUp: () =>
      brokerWith({
        metrics,
        requestTimeout: 1_000,
        circuitBreaker: { enabled: true },
        retryPolicy: { enabled: true },
        bulkhead: { enabled: true, concurrency: 1_000 },
      }),
  },
  {
    name: "moleculer, metrics and tracing",
    validates: "fastest-validator",
    finds: "by name",
    handler: "async",
    setUp: () => brokerWith({ metrics, tracing }),
  },
  {
    name: "cockatiel's policies around a function",
    validates: "zod",
    finds: "direct",
    handler: "async",
    setUp() {
      const policy = wrap(
        retry(handleAll, { maxAttempts: 3, backoff: new ExponentialBackoff() }),
        circuitBreaker(handleAll, { halfOpenAfter: 30_000, breaker: new ConsecutiveBreaker(5) }),
        timeout(1_000, TimeoutStrategy.Aggressive),
        bulkhead(1_000, 0),
      );
      return { run: (i) => policy.execute(() => greetChecked(inputOf(i))) };
    },
  },
];

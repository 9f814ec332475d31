import { type ActionSchema, ServiceBroker } from "moleculer";
import { type Contender, type Input, inputOf, type Output, type Subject } from "../contender.ts";
import { greet } from "../greet.ts";

/** A broker of one node: calls stay in the process. */
async function brokerWith(greetAction: ActionSchema): Promise<Subject> {
  const broker = new ServiceBroker({ logger: false });
  broker.createService({ name: "bench", actions: { greet: greetAction } });
  await broker.start();
  return { run: (i) => broker.call<Output, Input>("bench.greet", inputOf(i)) };
}

export const contenders: Contender[] = [
  {
    name: "moleculer",
    validates: "no",
    finds: "by name",
    handler: "async",
    setUp: () => brokerWith({ handler: (context) => greet(context.params) }),
  },
  {
    name: "moleculer, its validator",
    validates: "fastest-validator",
    finds: "by name",
    handler: "async",
    setUp: () => brokerWith({ params: { name: "string" }, handler: (context) => greet(context.params) }),
  },
];

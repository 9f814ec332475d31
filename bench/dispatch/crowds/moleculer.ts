import { ServiceBroker } from "moleculer";
import { type Input, inputOf, type Output, type Subject } from "../contender.ts";
import { greet } from "../greet.ts";
import { type Crowd, middleOf, sizes } from "./crowd.ts";

export const contenders = sizes.map(
  (modules): Crowd => ({
    library: "moleculer",
    modules,
    name: `moleculer among ${modules}`,
    validates: "no",
    finds: "by name",
    handler: "async",
    setUp: () => setUp(modules),
  }),
);

async function setUp(modules: number): Promise<Subject> {
  const broker = new ServiceBroker({ logger: false });
  for (let i = 0; i < modules; i++) {
    broker.createService({
      name: `bench-${i}`,
      actions: { greet: { handler: (context) => greet(context.params) } },
    });
  }
  await broker.start();
  const action = `bench-${middleOf(modules)}.greet`;
  return { run: (i) => broker.call<Output, Input>(action, inputOf(i)) };
}

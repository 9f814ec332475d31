import { defineEvent, defineModule, ModuleHost } from "tsmodules";
import { type Input, inputOf, type Subject } from "../contender.ts";
import { greet, greetOutput } from "../greet.ts";
import { type Crowd, middleOf, sizes } from "./crowd.ts";

export const contenders = sizes.map(
  (modules): Crowd => ({
    library: "tsmodules",
    modules,
    name: `tsmodules among ${modules}`,
    validates: "no",
    finds: "by class",
    handler: "async",
    setUp: () => setUp(modules),
  }),
);

function setUp(modules: number): Subject {
  const host = new ModuleHost({ logLevel: "silent" });
  const events = Array.from({ length: modules }, (_, i) => registerModule(host, i));
  const Greet = events[middleOf(modules)] as (typeof events)[number];
  return { run: (i) => host.send(new Greet(inputOf(i))) };
}

function registerModule(host: ModuleHost, i: number) {
  class Greet extends defineEvent(`bench.greet-${i}`, { output: greetOutput }) {}
  host.register(
    defineModule({ name: `greeter-${i}` }, (module) => {
      module.handle(Greet, ({ input }) => greet(input as Input));
    }),
  );
  return Greet;
}

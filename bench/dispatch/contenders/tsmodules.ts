import { defineEvent, defineModule, ModuleHost } from "tsmodules";
import { type Contender, type Input, inputOf } from "../contender.ts";
import { greet, greetInput, greetOutput, greetSync } from "../greet.ts";

class Greet extends defineEvent("bench.greet", { input: greetInput, output: greetOutput }) {}

/** Without an input schema an event keeps what it is given. */
class GreetUnchecked extends defineEvent("bench.greet-unchecked", { output: greetOutput }) {}

const greeter = defineModule({ name: "greeter" }, (module) => {
  module.handle(Greet, ({ input }) => greet(input));
  module.handle(GreetUnchecked, ({ input }) => greet(input as Input));
});

const syncGreeter = defineModule({ name: "sync-greeter" }, (module) => {
  module.handle(Greet, ({ input }) => greetSync(input));
  module.handle(GreetUnchecked, ({ input }) => greetSync(input as Input));
});

const plainHost = () => new ModuleHost({ logLevel: "silent" });

export const contenders: Contender[] = [
  {
    name: "tsmodules send",
    validates: "no",
    finds: "by class",
    handler: "async",
    setUp() {
      const host = plainHost().register(greeter);
      return { run: (i) => host.send(new GreetUnchecked(inputOf(i))) };
    },
  },
  {
    name: "tsmodules send, sync handler",
    validates: "no",
    finds: "by class",
    handler: "sync",
    setUp() {
      const host = plainHost().register(syncGreeter);
      return { run: (i) => host.send(new GreetUnchecked(inputOf(i))) };
    },
  },
  {
    name: "tsmodules handleSync",
    validates: "no",
    finds: "by class",
    handler: "sync",
    setUp() {
      const host = plainHost().register(syncGreeter);
      return { runSync: (i) => host.handleSync(new GreetUnchecked(inputOf(i))) };
    },
  },
  {
    name: "tsmodules send, zod",
    validates: "zod",
    finds: "by class",
    handler: "async",
    setUp() {
      const host = plainHost().register(greeter);
      return { run: (i) => host.send(new Greet(inputOf(i))) };
    },
  },
  {
    name: "tsmodules handle, zod",
    validates: "zod",
    finds: "by class",
    handler: "async",
    setUp() {
      const host = plainHost().register(greeter);
      return { run: (i) => host.handle(new Greet(inputOf(i))) };
    },
  },
  {
    name: "tsmodules handleSync, zod",
    validates: "zod",
    finds: "by class",
    handler: "sync",
    setUp() {
      const host = plainHost().register(syncGreeter);
      return { runSync: (i) => host.handleSync(new Greet(inputOf(i))) };
    },
  },
];

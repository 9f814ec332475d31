import { call, os } from "@orpc/server";
import { type Contender, type Input, inputOf } from "../contender.ts";
import { greet, greetInput } from "../greet.ts";

const unchecked = os.handler(({ input }) => greet(input as Input));
const checked = os.input(greetInput).handler(({ input }) => greet(input));

export const contenders: Contender[] = [
  {
    name: "oRPC call",
    validates: "no",
    finds: "direct",
    handler: "async",
    setUp: () => ({ run: (i) => call(unchecked, inputOf(i)) }),
  },
  {
    name: "oRPC call, zod",
    validates: "zod",
    finds: "direct",
    handler: "async",
    setUp: () => ({ run: (i) => call(checked, inputOf(i)) }),
  },
  {
    name: "oRPC callable, zod",
    validates: "zod",
    finds: "direct",
    handler: "async",
    setUp() {
      const callable = checked.callable();
      return { run: (i) => callable(inputOf(i)) };
    },
  },
];

import { type Contender, inputOf } from "../contender.ts";
import { greet, greetChecked, greetInput, greetSync } from "../greet.ts";

/** No dispatch at all: what the language and the validator cost by themselves. */
export const contenders: Contender[] = [
  {
    name: "bare await fn()",
    validates: "no",
    finds: "direct",
    handler: "async",
    setUp: () => ({ run: (i) => greet(inputOf(i)) }),
  },
  {
    name: "bare await fn() + zod",
    validates: "zod",
    finds: "direct",
    handler: "async",
    setUp: () => ({ run: (i) => greetChecked(inputOf(i)) }),
  },
  {
    name: "bare fn()",
    validates: "no",
    finds: "direct",
    handler: "sync",
    setUp: () => ({ runSync: (i) => greetSync(inputOf(i)) }),
  },
  {
    name: "bare fn() + zod",
    validates: "zod",
    finds: "direct",
    handler: "sync",
    setUp: () => ({ runSync: (i) => greetSync(greetInput.parse(inputOf(i))) }),
  },
];

import { type Contender, type Input, inputOf, type Output } from "../contender.ts";
import { greet, greetChecked } from "../greet.ts";

type Handler = (input: Input) => Promise<Output>;

/** What one writes by hand: a table of async functions. */
function dispatcherWith(handler: Handler) {
  const handlers = new Map<string, Handler>([["bench.greet", handler]]);
  return (name: string, input: Input): Promise<Output> => {
    const handle = handlers.get(name);
    if (!handle) throw new Error(`no handler for ${name}`);
    return handle(input);
  };
}

export const contenders: Contender[] = [
  {
    name: "Map of functions",
    validates: "no",
    finds: "by name",
    handler: "async",
    setUp() {
      const dispatch = dispatcherWith(greet);
      return { run: (i) => dispatch("bench.greet", inputOf(i)) };
    },
  },
  {
    name: "Map of functions + zod",
    validates: "zod",
    finds: "by name",
    handler: "async",
    setUp() {
      const dispatch = dispatcherWith(greetChecked);
      return { run: (i) => dispatch("bench.greet", inputOf(i)) };
    },
  },
];

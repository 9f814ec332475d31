import { type Contender, type Input, inputOf, type Output } from "../contender.ts";
import { greet } from "../greet.ts";

/** A way to call an async function under one policy. */
export interface PolicyContender extends Contender {
  policy: string;
  /** Whose policy it is. The name says both, since a file may have several. */
  library: string;
}

type Guarded = (call: () => Promise<Output>) => Promise<Output>;

/** What `guard` makes of each call of the function, which succeeds. */
export function guarding(policy: string, library: string, makeGuard: () => Guarded): PolicyContender {
  return calling(policy, library, () => {
    const guard = makeGuard();
    return (input) => guard(() => greet(input));
  });
}

/** The same for a library that wraps the function once. */
export function calling(
  policy: string,
  library: string,
  makeCall: () => (input: Input) => Promise<Output>,
): PolicyContender {
  return {
    policy,
    library,
    name: `${library}: ${policy}`,
    validates: "no",
    finds: "direct",
    handler: "async",
    setUp() {
      const call = makeCall();
      return { run: (i) => call(inputOf(i)) };
    },
  };
}

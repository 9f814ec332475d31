import type { Attempt } from "../attempt.ts";
import { Random } from "../random.ts";
import type { Target } from "../target.ts";
import { contentTypes, deepBody, hugeBody, malformedJson, pollution, wrongValues } from "./bodies.ts";
import { abandoned, brokenFraming, halfClosed, pipelined, slices } from "./framing.ts";
import { brokenHeads, garbage, oddHeaders, otherMethods, unknownMethod, valid } from "./heads.ts";
import { paths, queries } from "./urls.ts";

/** A kind of request, and how often it comes among the others. */
interface Family {
  readonly name: string;
  readonly weight: number;
  make(target: Target, random: Random): Attempt;
}

const families: readonly Family[] = [
  { name: "valid", weight: 6, make: valid },
  { name: "wrong values", weight: 20, make: wrongValues },
  { name: "prototype pollution", weight: 6, make: pollution },
  { name: "malformed JSON", weight: 10, make: malformedJson },
  { name: "deep body", weight: 3, make: deepBody },
  { name: "huge body", weight: 1, make: hugeBody },
  { name: "content types", weight: 5, make: contentTypes },
  { name: "paths", weight: 12, make: paths },
  { name: "queries", weight: 12, make: queries },
  { name: "other methods", weight: 5, make: otherMethods },
  { name: "unknown method", weight: 2, make: unknownMethod },
  { name: "odd headers", weight: 6, make: oddHeaders },
  { name: "broken heads", weight: 3, make: brokenHeads },
  { name: "garbage", weight: 2, make: garbage },
  { name: "slices", weight: 3, make: slices },
  { name: "pipelined", weight: 3, make: pipelined },
  { name: "broken framing", weight: 4, make: brokenFraming },
  { name: "abandoned", weight: 4, make: abandoned },
  { name: "half-closed", weight: 2, make: halfClosed },
];

const bag = families.flatMap((family) => Array.from({ length: family.weight }, () => family));

/** The request of this number: always the same for one seed. */
export function requestOf(
  seed: number,
  number: number,
  targets: readonly Target[],
): { family: string; attempt: Attempt } {
  const random = new Random(seed, number);
  const { name, make } = random.pick(bag);
  return { family: name, attempt: make(random.pick(targets), random) };
}

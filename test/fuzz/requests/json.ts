import type { Random } from "../random.ts";

/** Stands in a value for text that `JSON.stringify` would never write. */
const RAW = "\u0001raw:";

const oddNumbers = ["1e999", "-0", "0.1e-400", "123456789012345678901234567890", "-1", "2147483648", "1.5"];
const oddTexts = [
  "",
  " ",
  "null",
  "__proto__",
  "\u0000",
  "\ud800",
  "\u202e\ufeff",
  "é".normalize("NFD"),
  "😀".repeat(60),
  "x".repeat(10_000),
  "' OR 1=1 --",
  "<script>",
  "../../etc/passwd",
  "2024-02-30",
  "99999-01-01T00:00:00Z",
  "1e3",
  "0x10",
];
const oddKeys = [
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "hasOwnProperty",
  "length",
  "",
  "then",
  "toJSON",
];
const pollution = [{ polluted: true }, ["polluted"], null, "polluted", { prototype: { polluted: true } }];

/** JSON like that of `value`, with one to three places of it replaced, left out, wrapped or added to. */
export function mutatedJson(value: unknown, random: Random): string {
  let mutated = value;
  for (let left = random.between(1, 3); left > 0; left--) mutated = mutate(mutated, random);
  return json(mutated);
}

/** JSON of `value`, with keys in it that reach an object's prototype where a program copies carelessly. */
export function pollutedJson(value: unknown, random: Random): string {
  const key = random.pick(oddKeys);
  const keyed = { [key]: random.pick(pollution) };
  const places: (() => unknown)[] = [
    () => keyed,
    () => ({ ...(typeof value === "object" ? value : {}), ...keyed }),
    () => withInner(value, keyed, random),
    () => [keyed],
  ];
  const text = json(random.pick(places)());
  // A parser that looks for the key as it is written does not see it like this.
  return random.chance(0.3) ? text.replaceAll('"__proto__"', '"\\u005f_proto__"') : text;
}

function json(value: unknown): string {
  return JSON.stringify(value ?? null).replaceAll(/"\\u0001raw:([^"]*)"/g, "$1");
}

function mutate(value: unknown, random: Random): unknown {
  if (Array.isArray(value) && value.length > 0 && random.chance(0.7)) {
    const index = random.below(value.length);
    return value.toSpliced(index, 1, mutate(value[index], random));
  }
  if (typeof value !== "object" || value === null || random.chance(0.2)) return oddValue(value, random);
  const keys = Object.keys(value);
  const key = random.pick(keys) ?? "";
  const others = Object.entries(value).filter(([other]) => other !== key);
  switch (random.below(4)) {
    case 0:
      return Object.fromEntries(others);
    case 1:
      return { ...value, [random.pick(oddKeys)]: oddValue(value, random) };
    default:
      return { ...value, [key]: mutate((value as Record<string, unknown>)[key], random) };
  }
}

function withInner(value: unknown, inner: object, random: Random): unknown {
  if (Array.isArray(value)) return [...value, inner];
  if (typeof value !== "object" || value === null) return inner;
  const key = random.pick(Object.keys(value)) ?? "a";
  return { ...value, [key]: withInner((value as Record<string, unknown>)[key], inner, random) };
}

function oddValue(value: unknown, random: Random): unknown {
  const values: (() => unknown)[] = [
    () => null,
    () => random.chance(0.5),
    () => RAW + random.pick(oddNumbers),
    () => random.pick(oddTexts),
    () => [],
    () => ({}),
    () => [value],
    () => ({ value }),
    () => Array.from({ length: random.between(1, 20) }, () => value),
    () => nested(value, random.between(1, 200)),
    () => ({ length: 1e9, toString: "x", valueOf: null, toJSON: "x" }),
  ];
  return random.pick(values)();
}

function nested(value: unknown, depth: number): unknown {
  let outer = value;
  for (let left = depth; left > 0; left--) outer = [outer];
  return outer;
}

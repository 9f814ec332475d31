import { type Attempt, attempt, draftOf } from "../attempt.ts";
import type { Random } from "../random.ts";
import type { Target } from "../target.ts";

/** Text that is odd in a URL. */
const oddParts = [
  "%",
  "%zz",
  "%00",
  "%0a%0d",
  "%c0%af",
  "%ff",
  "%ed%a0%80",
  "%f0%9f%98%80",
  "%u0041",
  "%2",
  "%25zz",
  "%2e%2e",
  "%2f",
  "%5c",
  "%3b",
  "..",
  ".",
  ";a=b",
  "\u00e9",
  "\u00ff\u0080",
  "__proto__",
  "constructor",
  "toString",
  "{userId}",
  ":userId",
  "*",
  "$",
  "@",
  "-1",
  "1e999",
  "0x10",
  "null",
  "undefined",
  "NaN",
  "9".repeat(400),
  "a".repeat(101),
  "a".repeat(5_000),
];

/** In the path of a route: its parameters, its slashes, its case. */
export function paths(target: Target, random: Random): Attempt {
  const draft = draftOf(target);
  const [path = "", query] = draft.url.split("?");
  const segments = path.split("/");
  const at = random.between(1, segments.length - 1);
  const part = random.pick(oddParts);
  const tricks: (() => string)[] = [
    () => segments.with(at, part).join("/"),
    () => segments.with(at, `${segments[at]}${part}`).join("/"),
    () => segments.toSpliced(at, 0, part).join("/"),
    () => segments.toSpliced(at, 0, "").join("/"),
    () => `${path}/`,
    () => `${path}//`,
    () => `/..${path}`,
    () => `/x/..${path}`,
    () => `/${path}`,
    () => path.toUpperCase(),
    () => path.replaceAll("/", "%2f"),
    () => path.replaceAll("/", "\\"),
    () => Array.from(path, (character) => `%${character.charCodeAt(0).toString(16)}`).join(""),
    () => `http://elsewhere.example${path}`,
    () => `//elsewhere.example${path}`,
    () => `${path}#fragment`,
    () => `${path}%3flimit=1`,
    () => "/".repeat(random.between(2, 3_000)),
    () => "/a".repeat(random.between(2, 3_000)),
    () => "*",
  ];
  const tricked = random.pick(tricks)();
  return attempt(target, { ...draft, url: query === undefined ? tricked : `${tricked}?${query}` });
}

/** In the query: names, values, how often they come. */
export function queries(target: Target, random: Random): Attempt {
  const draft = draftOf(target);
  const [path = "", given = ""] = draft.url.split("?");
  const known = target.example.query?.map(([name]) => name) ?? ["a"];
  const name = random.chance(0.7) ? random.pick(known) : random.pick(oddNames);
  const tricks: (() => string)[] = [
    () => `${name}=${random.pick(oddParts)}`,
    () => `${name}=1&${name}=${random.pick(oddParts)}&${name}`,
    () => `${name}[]=1&${name}[]=2`,
    () => `${name}[${random.pick(oddNames)}]=1`,
    () => `${name}.${random.pick(oddNames)}=1`,
    () => `${name}`,
    () => `${name}=`,
    () => `=${name}`,
    () => "&".repeat(random.between(1, 2_000)),
    () => `${name}=1&`.repeat(random.between(2, 1_000)),
    () => Array.from({ length: random.between(2, 1_000) }, (_, i) => `k${i}=1`).join("&"),
    () => `${name}=${"x".repeat(random.between(1_000, 12_000))}`,
    () => `${random.pick(oddNames)}=a&${random.pick(oddNames)}=b`,
    () => `__proto__=a&__proto__=b&${name}=1`,
    () => "?".repeat(random.between(1, 10)),
    () => `${name}=1;${name}=2`,
    () => `${name}=%${random.below(256).toString(16)}`,
  ];
  const trick = random.pick(tricks)();
  return attempt(target, { ...draft, url: `${path}?${random.chance(0.5) ? `${given}&${trick}` : trick}` });
}

const oddNames = [
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "",
  "a]",
  "[",
  "%5b%5d",
  "%zz",
  "%00",
  "\u00e9",
];

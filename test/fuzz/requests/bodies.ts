import { BODY_LIMIT } from "../application.ts";
import { type Attempt, attempt, type Draft, draftOf, withHeaders, withJson } from "../attempt.ts";
import type { Random } from "../random.ts";
import type { Target } from "../target.ts";
import { mutatedJson, pollutedJson } from "./json.ts";

/** Sound JSON that is not what the contract asks for, or just so. */
export function wrongValues(target: Target, random: Random): Attempt {
  return attempt(target, withJson(draftOf(target), mutatedJson(target.example.body ?? {}, random)));
}

export function pollution(target: Target, random: Random): Attempt {
  return attempt(target, withJson(draftOf(target), pollutedJson(target.example.body ?? {}, random)));
}

/** What no parser of JSON takes, or only a careless one. */
export function malformedJson(target: Target, random: Random): Attempt {
  const valid = Buffer.from(JSON.stringify(target.example.body ?? { a: [1, "b", null] }));
  const cut = random.below(valid.length);
  const bodies: (() => Buffer | string)[] = [
    () => valid.subarray(0, cut),
    () => Buffer.concat([valid.subarray(0, cut), random.bytes(random.between(1, 8)), valid.subarray(cut)]),
    () => Buffer.concat([valid, random.pick([Buffer.from("}"), Buffer.from("\0"), valid, random.bytes(3)])]),
    () => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), valid]),
    () => Buffer.from(valid.toString(), "utf16le"),
    () => random.bytes(random.between(1, 300)),
    () =>
      random.pick([
        "",
        " ",
        "null",
        "undefined",
        "NaN",
        "[,]",
        "{,}",
        "{'a':1}",
        '{"a":1,}',
        "//",
        "0x1",
        "1_0",
      ]),
    () =>
      random.pick([
        '"\\ud800"',
        '"\\x41"',
        '"\n"',
        '{"a":1,"a":2}',
        "[1 2]",
        "-",
        "1.",
        ".5",
        "tru",
        "{",
        "[",
      ]),
    // Bytes that are no UTF-8, within a string.
    () => Buffer.concat([Buffer.from('{"name":"'), random.pick(invalidUtf8), Buffer.from('"}')]),
  ];
  return attempt(target, withJson(draftOf(target), random.pick(bodies)()));
}

const invalidUtf8 = [
  [0xff],
  [0xc0, 0xaf],
  [0xed, 0xa0, 0x80],
  [0xf4, 0x90, 0x80, 0x80],
  [0xe2, 0x82],
  [0x80],
].map((bytes) => Buffer.from(bytes));

/** As deep as a body may be long. */
export function deepBody(target: Target, random: Random): Attempt {
  const depth = random.pick([500, 5_000, 30_000, 100_000]);
  const [open, close] = random.pick([
    ["[", "]"],
    ['{"a":', "}"],
    ['{"children":[', "]}"],
    ['{"value":"v","children":[', "]}"],
  ] as const);
  const levels = Math.min(depth, Math.floor((BODY_LIMIT - 100) / (open.length + close.length)));
  const inner = open.endsWith(":") ? "1" : "";
  const closed = random.chance(0.8) ? close.repeat(levels) : "";
  const deep = open.repeat(levels) + inner + closed;
  // In the place of a field, so that it gets past the first check.
  const { body } = target.example;
  const field = typeof body === "object" && body !== null ? random.pick(Object.keys(body)) : undefined;
  const json = field === undefined || random.chance(0.5) ? deep : placed(body as object, field, deep);
  return attempt(target, withJson(draftOf(target), json));
}

function placed(body: object, field: string, json: string): string {
  return JSON.stringify({ ...body, [field]: "\u0001" }).replace('"\\u0001"', () => json);
}

/** Beyond the limit, and just within. */
export function hugeBody(target: Target, random: Random): Attempt {
  const length = random.pick([BODY_LIMIT - 1, BODY_LIMIT, BODY_LIMIT + 1, 2 * BODY_LIMIT]);
  const bodies: (() => string)[] = [
    () => `"${"a".repeat(length - 2)}"`,
    () => `{"name":"${"a".repeat(length - 11)}"}`,
    () => `[${"1,".repeat(Math.floor((length - 3) / 2))}1]`,
    () => `[${Array.from({ length: Math.floor(length / 12) }, (_, i) => `{"a${i % 10}":1}`).join(",")}]`,
    () => `{${Array.from({ length: Math.floor(length / 12) }, (_, i) => `"k${100_000 + i}":1`).join(",")}}`,
    () => "1".repeat(length),
    () => " ".repeat(length),
  ];
  const draft = withJson(draftOf(target), random.pick(bodies)());
  // A server that refuses a body does not read it to its end, and TCP may then lose the refusal.
  return length > BODY_LIMIT ? attempt(target, draft, "end") : attempt(target, draft);
}

/** A type that the application does not take, or one that only looks like JSON. */
export function contentTypes(target: Target, random: Random): Attempt {
  const { body = Buffer.from("{}"), ...draft }: Draft = withJson(draftOf(target), "{}");
  const bare = { ...draft, headers: draft.headers.filter(([name]) => name !== "content-type"), body };
  const types = random.pick([
    [],
    [random.pick(oddTypes)],
    ["application/json", random.pick(oddTypes)],
    [random.pick(oddTypes), "application/json"],
  ]);
  return attempt(target, withHeaders(bare, ...types.map((type): [string, string] => ["content-type", type])));
}

const oddTypes = [
  "",
  "text/plain",
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=x",
  "application/json; charset=utf-16",
  'application/json; charset="utf-8',
  "application/json;;;",
  "application/json, text/plain",
  "APPLICATION/JSON",
  "application/vnd.api+json",
  "application/problem+json",
  "application/json\t",
  "application",
  "/",
  "*/*",
  "application/json; a=".padEnd(4_000, "b"),
  "__proto__",
  "constructor",
  "\u00e9/\u00ff",
];

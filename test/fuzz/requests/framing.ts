import { type Attempt, bytesOf, type Draft, draftOf, rawBytes } from "../attempt.ts";
import type { Random } from "../random.ts";
import type { Target } from "../target.ts";

/** Sound requests whose bytes come a few at a time. */
export function slices(target: Target, random: Random): Attempt {
  const draft = draftOf(target);
  const bytes = random.chance(0.5) || draft.body === undefined ? bytesOf(draft) : chunked(draft, random);
  return { target, methods: [draft.method], writes: cutUp(bytes, random), expects: "success" };
}

/** Several requests at once, before the first is answered. */
export function pipelined(target: Target, random: Random): Attempt {
  const draft = draftOf(target);
  const head: Draft = { ...draft, method: "HEAD", headers: [], body: undefined };
  const missing: Draft = { ...head, method: "GET", url: "/nowhere" };
  const drafts = Array.from({ length: random.between(2, 8) }, () =>
    random.pick([draft, draft, head, missing]),
  );
  const writes = [Buffer.concat(drafts.map(bytesOf))];
  return { target, methods: drafts.map(({ method }) => method), writes, expects: "answers" };
}

/** A length that is not the body's, or chunks that are none. */
export function brokenFraming(target: Target, random: Random): Attempt {
  const { body = Buffer.from("{}"), ...draft } = draftOf(target);
  const headers: [string, string][] = [...draft.headers, ["host", "a"]].filter(
    ([name]) => name !== "content-type",
  ) as [string, string][];
  headers.push(["content-type", "application/json"]);
  const chunks: [string, string] = ["transfer-encoding", "chunked"];
  const lengths = ["0", "1", "-1", "abc", "1e3", "0x10", "999999999999999999999", "", " 2", "+2", "2,2"];
  const bodies = [
    "zz\r\n{}\r\n",
    "2\r\n{}",
    "ffffffffffffffffff\r\n{}\r\n",
    "-1\r\n",
    "2\r\n{}}}}\r\n0\r\n\r\n",
    "0\r\n",
  ];
  const framed: (() => Buffer)[] = [
    () => rawBytes({ ...draft, headers: [...headers, ["content-length", `${body.length + 10}`]], body }),
    () => rawBytes({ ...draft, headers: [...headers, ["content-length", random.pick(lengths)]], body }),
    () => rawBytes({ ...draft, headers: [...headers, chunks], body: Buffer.from(random.pick(bodies)) }),
    () => rawBytes({ ...draft, headers: [...headers, chunks], body: random.bytes(random.between(1, 50)) }),
    () => rawBytes({ ...draft, headers: [...headers, chunks, ["content-length", `${body.length}`]], body }),
    () => Buffer.concat([bytesOf({ ...draft, headers, body }), random.bytes(random.between(1, 50))]),
  ];
  return { target, methods: [draft.method, draft.method], writes: [random.pick(framed)()], expects: "end" };
}

/** The client goes away after some of the bytes, or after all of them but before the answer. */
export function abandoned(target: Target, random: Random): Attempt {
  const draft = draftOf(target);
  const bytes = bytesOf(draft);
  const sent = random.chance(0.3) ? bytes : bytes.subarray(0, random.between(1, bytes.length));
  return { target, methods: [draft.method], writes: cutUp(sent, random), expects: "nothing" };
}

/** The client ends its side within the request, and waits. */
export function halfClosed(target: Target, random: Random): Attempt {
  const draft = draftOf(target);
  const bytes = bytesOf(draft);
  const writes = [bytes.subarray(0, random.between(1, bytes.length))];
  return { target, methods: [draft.method], writes, expects: "end" };
}

function chunked({ body = Buffer.alloc(0), ...draft }: Draft, random: Random): Buffer {
  const chunks = cutUp(body, random).map((part) =>
    Buffer.concat([Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from("\r\n")]),
  );
  const headers: [string, string][] = [
    ["host", "a"],
    ["transfer-encoding", "chunked"],
  ];
  return rawBytes({
    ...draft,
    headers: [...headers, ...draft.headers],
    body: Buffer.concat([...chunks, Buffer.from("0\r\n\r\n")]),
  });
}

function cutUp(bytes: Buffer, random: Random): Buffer[] {
  const cuts = Array.from({ length: random.between(0, 4) }, () => random.below(bytes.length)).toSorted(
    (a, b) => a - b,
  );
  const ends = [...cuts, bytes.length];
  return ends.map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end)).filter((part) => part.length > 0);
}

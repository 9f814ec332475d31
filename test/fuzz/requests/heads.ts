import { type Attempt, attempt, bytesOf, draftOf, rawBytes, withHeaders } from "../attempt.ts";
import type { Random } from "../random.ts";
import type { Target } from "../target.ts";

/** Nothing changed: it must be answered as it is designed to be. */
export function valid(target: Target): Attempt {
  return attempt(target, draftOf(target), "success");
}

const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"];
const rareMethods = ["PROPFIND", "SEARCH", "QUERY", "PURGE", "LOCK", "M-SEARCH", "MKCOL", "REPORT", "LINK"];
const unknownMethods = [
  "FOO",
  "get",
  "GET\t",
  "",
  "__proto__",
  "CONNECT",
  "PRI",
  "G\u00cbT",
  "A".repeat(5_000),
];

/** Another method than the route's, with the same body or without one. */
export function otherMethods(target: Target, random: Random): Attempt {
  const { body, headers, ...draft } = draftOf(target);
  const method = random.pick([...methods, ...rareMethods]);
  const bodiless = { ...draft, method, headers: [], body: undefined };
  return attempt(target, random.chance(0.6) ? bodiless : { ...draft, method, headers, body });
}

export function unknownMethod(target: Target, random: Random): Attempt {
  return attempt(target, { ...draftOf(target), method: random.pick(unknownMethods) }, "end");
}

const names = [
  "if-match",
  "x-revision",
  "x-request-id",
  "x-correlation-id",
  "traceparent",
  "tracestate",
  "authorization",
  "cookie",
  "origin",
  "accept",
  "accept-encoding",
  "idempotency-key",
  "x-forwarded-for",
  "x-http-method-override",
  "range",
  "if-none-match",
  "__proto__",
  "constructor",
];
const values = [
  "",
  " ",
  "1",
  "x".repeat(4_000),
  "\u00e9\u00ff\u0080",
  "00-00000000000000000000000000000000-0000000000000000-00",
  "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
  "Bearer ",
  "Bearer a.b.c",
  "Basic Og==",
  "a=b; __proto__=c; =;",
  "null",
  "gzip;q=0, br;q=9e99",
  "*/*;q=x",
  "bytes=0-,-1,9999999999-",
  "text/html\tx",
];

/** Headers of which programs make something, with values that are none, once or repeated. */
export function oddHeaders(target: Target, random: Random): Attempt {
  const added = Array.from({ length: random.between(1, 6) }, (): [string, string] => [
    random.pick(names),
    random.pick(values),
  ]);
  const repeated = random.chance(0.3) ? [...added, ...added] : added;
  const expectations: [string, string][] = random.chance(0.1) ? [["expect", "100-continue"]] : [];
  return attempt(target, withHeaders(draftOf(target), ...repeated, ...expectations));
}

/** What HTTP does not allow, or what servers limit. */
export function brokenHeads(target: Target, random: Random): Attempt {
  const draft = draftOf(target);
  const added: (() => [string, string][])[] = [
    () => [["x", "y".repeat(random.between(16_000, 200_000))]],
    () => Array.from({ length: random.between(500, 3_000) }, (_, i): [string, string] => [`x-${i}`, "y"]),
    () => [["x\u0000", "y"]],
    () => [["x", "a\u0000b"]],
    () => [["x", "a\rb"]],
    () => [["x", "a\nb"]],
    () => [["x y", "z"]],
    () => [["", "z"]],
    () => [
      ["host", "a"],
      ["host", "b"],
    ],
    () => [
      ["content-length", "1"],
      ["content-length", "2"],
    ],
    () => [
      ["transfer-encoding", "chunked"],
      ["content-length", "5"],
    ],
    () => [["transfer-encoding", random.pick(["gzip", "chunked, chunked", "xchunked", "identity"])]],
    () => [["expect", random.pick(["200-ok", "100-continue, x", ""])]],
    () => [
      ["connection", random.pick(["upgrade", "close, keep-alive", "x".repeat(2_000)])],
      ["upgrade", "websocket"],
    ],
    () => [["content-encoding", random.pick(["gzip", "br", "x"])]],
  ];
  const writes = [bytesOf(withHeaders(draft, ...random.pick(added)()))];
  return { target, methods: [draft.method], writes, expects: "end" };
}

/** Not even a request line. */
export function garbage(target: Target, random: Random): Attempt {
  const { method, url } = draftOf(target);
  const texts: (() => Buffer)[] = [
    () => random.bytes(random.between(1, 400)),
    () => Buffer.from(`${method} ${url}\r\n\r\n`, "latin1"),
    () => Buffer.from(`${method}  ${url} HTTP/1.1\r\n\r\n`, "latin1"),
    () =>
      Buffer.from(
        `${method} ${url} HTTP/${random.pick(["0.9", "1.0", "2.0", "9.9", "x"])}\r\n\r\n`,
        "latin1",
      ),
    () => Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    () => Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00]),
    () => Buffer.from("\r\n".repeat(random.between(1, 5_000))),
    () => rawBytes({ method, url, headers: [], body: undefined }),
    () => rawBytes({ method, url: `${url} ${url}`, headers: [["host", "a"]], body: undefined }),
  ];
  return { target, methods: [method], writes: [random.pick(texts)()], expects: "end" };
}

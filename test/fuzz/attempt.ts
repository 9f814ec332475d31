import type { Target } from "./target.ts";

/** What is sent to the server in one go, and what must come of it. */
export interface Attempt {
  readonly target: Target;
  /** The methods of the requests, in their order. */
  readonly methods: readonly string[];
  /** Written one after another. */
  readonly writes: readonly Buffer[];
  readonly expects: Expectation;
}

/**
 * - `success`: each request is valid, and answered so.
 * - `answers`: each is sound HTTP, and answered by the application.
 * - `end`: it is not sound. After the last byte the client ends its side, and the server has to end the connection.
 * - `nothing`: the client goes away after the last byte.
 */
export type Expectation = "success" | "answers" | "end" | "nothing";

/** A request, before it is written. Text stands for bytes, one each. */
export interface Draft {
  readonly method: string;
  readonly url: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Buffer | undefined;
}

/** The valid request of a target. */
export function draftOf({ method, path, example }: Target): Draft {
  const url = path.replace(/\{([^}]+)\}/g, (_, name: string) => example.path?.[name] ?? "");
  const query = example.query?.map(([name, value]) => `${name}=${value}`).join("&");
  const draft = {
    method,
    url: query === undefined ? url : `${url}?${query}`,
    headers: Object.entries(example.headers ?? {}),
    body: undefined,
  };
  return example.body === undefined ? draft : withJson(draft, JSON.stringify(example.body));
}

export function withJson(draft: Draft, json: string | Buffer): Draft {
  const headers = draft.headers.filter(([name]) => name !== "content-type");
  return {
    ...draft,
    headers: [...headers, ["content-type", "application/json"]],
    body: typeof json === "string" ? Buffer.from(json) : json,
  };
}

export function withHeaders(draft: Draft, ...headers: [string, string][]): Draft {
  return { ...draft, headers: [...draft.headers, ...headers] };
}

/** Sound HTTP, as far as method, URL and headers are. */
export function bytesOf({ method, url, headers, body }: Draft): Buffer {
  const length: [string, string][] = body === undefined ? [] : [["content-length", `${body.length}`]];
  return rawBytes({ method, url, headers: [["host", "localhost"], ...headers, ...length], body });
}

/** Nothing is added: no host, no length. */
export function rawBytes({ method, url, headers, body = Buffer.alloc(0) }: Draft): Buffer {
  const lines = [`${method} ${url} HTTP/1.1`, ...headers.map(([name, value]) => `${name}: ${value}`)];
  return Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), body]);
}

export function attempt(
  target: Target,
  draft: Draft,
  expects: Expectation = isSound(draft) ? "answers" : "end",
): Attempt {
  return { target, methods: [draft.method], writes: [bytesOf(draft)], expects };
}

/** Whether an HTTP parser has to take it: a head that is not too long, of characters that may be there. */
function isSound({ url, headers }: Draft): boolean {
  const length = headers.reduce((sum, [name, value]) => sum + name.length + value.length + 4, url.length);
  return length < 15_000 && /^(\/|\*$|http:\/\/)[\x21-\x7e]*$/.test(url) && !url.includes("#");
}

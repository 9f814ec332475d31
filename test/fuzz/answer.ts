/** One HTTP/1.1 response. */
export interface Answer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

/**
 * The first response in `bytes`, and how many of them it takes; interim ones (1xx) are passed over. Undefined while it is
 * incomplete.
 *
 * @param request.method - HEAD is answered without a body.
 * @param request.ended - Whether nothing more will come.
 * @throws {Error} if it is no response.
 */
export function readAnswer(
  bytes: Buffer,
  request: { method: string | undefined; ended: boolean },
): { answer: Answer; length: number } | undefined {
  const headEnd = bytes.indexOf("\r\n\r\n");
  if (headEnd < 0) return undefined;
  const [statusLine = "", ...lines] = bytes.toString("latin1", 0, headEnd).split("\r\n");
  const status = Number(/^HTTP\/1\.[01] (\d{3})( |$)/.exec(statusLine)?.[1]);
  if (Number.isNaN(status)) throw new Error(`not a status line: ${JSON.stringify(statusLine)}`);
  const start = headEnd + 4;
  if (status < 200) {
    const next = readAnswer(bytes.subarray(start), request);
    return next && { ...next, length: start + next.length };
  }
  const headers = new Map(lines.map(headerOf));
  const content = bytes.subarray(start);
  const body =
    request.method === "HEAD" || status === 204 || status === 304
      ? { body: Buffer.alloc(0), length: 0 }
      : readBody(content, headers, request.ended);
  return body && { answer: { status, headers, body: body.body }, length: start + body.length };
}

interface Body {
  body: Buffer;
  length: number;
}

function readBody(content: Buffer, headers: ReadonlyMap<string, string>, ended: boolean): Body | undefined {
  if (headers.get("transfer-encoding") === "chunked") return readChunks(content);
  const given = headers.get("content-length");
  if (given === undefined) return ended ? { body: content, length: content.length } : undefined;
  const length = Number(given);
  return content.length < length ? undefined : { body: content.subarray(0, length), length };
}

function readChunks(content: Buffer): Body | undefined {
  const chunks: Buffer[] = [];
  let position = 0;
  for (;;) {
    const lineEnd = content.indexOf("\r\n", position);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(content.toString("latin1", position, lineEnd), 16);
    if (Number.isNaN(size)) throw new Error("not the size of a chunk");
    const start = lineEnd + 2;
    if (content.length < start + size + 2) return undefined;
    position = start + size + 2;
    if (size === 0) return { body: Buffer.concat(chunks), length: position };
    chunks.push(content.subarray(start, start + size));
  }
}

function headerOf(line: string): [string, string] {
  const colon = line.indexOf(":");
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
}

/** One of server-sent events. */
export interface ServerSentEvent {
  readonly type: string | undefined;
  readonly data: string;
}

/**
 * Reads server-sent events from text that comes in pieces of any size.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export async function* serverSentEvents(text: AsyncIterable<string>): AsyncGenerator<ServerSentEvent> {
  let type: string | undefined;
  let data: string | undefined;
  for await (const line of linesOf(text)) {
    const [, field, value = ""] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
    if (field === "event") type = value;
    else if (field === "data") data = data === undefined ? value : `${data}\n${value}`;
    if (line !== "") continue;
    if (data !== undefined) yield { type, data };
    type = data = undefined;
  }
}

/** Complete lines; they end with LF, CR or both, which two pieces may share. */
async function* linesOf(text: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = "";
  let endedWithCr = false;
  for await (let piece of text) {
    if (piece === "") continue;
    if (endedWithCr && piece[0] === "\n") piece = piece.slice(1);
    endedWithCr = piece.endsWith("\r");
    const lines = piece.split(/\r\n|\r|\n/);
    lines[0] = rest + lines[0];
    rest = lines.pop() as string;
    yield* lines;
  }
}

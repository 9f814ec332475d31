import type { AnyEvent } from "../core/event.ts";
import type { CallScope } from "./call-scope.ts";
import { NetworkError } from "./errors.ts";

/**
 * The text of a response as it comes, read only as it is asked for; who stops asking ends the request.
 *
 * @throws {NetworkError} if the connection breaks off; the reason if the call is ended.
 */
export async function* textOf(
  event: AnyEvent,
  { body }: Response,
  scope: CallScope,
): AsyncGenerator<string, void, undefined> {
  const reader = body?.getReader();
  const decoder = new TextDecoder();
  try {
    while (reader !== undefined) {
      const { done, value } = await scope.race(reader.read());
      if (done) return;
      yield decoder.decode(value, { stream: true });
    }
  } catch (error) {
    throw scope.signal.aborted
      ? scope.signal.reason
      : new NetworkError(event, "the connection broke off", error);
  } finally {
    reader?.cancel().catch(() => {});
  }
}

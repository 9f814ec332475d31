/** What a page does with a client; its results are read from `globalThis.results`. */
import { createClient, NetworkError, RemoteError } from "tsmodules/client";
import { Count, Greet, Wait } from "./client-events.ts";

const client = createClient({ url: "/api", token: async () => "abc", timeoutMs: 10_000 });
const at = new Date(0);

async function failure(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => "it did not fail",
    (error) => error,
  );
}

async function send() {
  const { message, at: revived } = await client.send(new Greet({ name: "Ada", at }));
  return { message, isDate: revived instanceof Date && revived.getTime() === 0 };
}

async function declared() {
  const error = await failure(client.send(new Greet({ name: "Oaf", at })));
  return Greet.isError(error, "TOO_RUDE") ? `${error.data.word} ${error.data.count + 1n}` : String(error);
}

async function stream() {
  const numbers: number[] = [];
  for await (const { n } of await client.send(new Count({ to: 3 }))) numbers.push(n);
  return numbers;
}

/** Reads some of a stream that has no end. */
async function leave() {
  for await (const { n } of await client.send(new Count({ to: Number.MAX_SAFE_INTEGER }))) if (n === 5) break;
}

async function abort() {
  const controller = new AbortController();
  const answer = failure(client.send(new Wait(), { signal: controller.signal }));
  await fetch("/waiting");
  controller.abort("changed my mind");
  return answer;
}

async function redirect() {
  const error = await failure(createClient({ url: "/elsewhere" }).send(new Wait()));
  return error instanceof RemoteError ? [error.status, error.message] : String(error);
}

async function refused() {
  const error = await failure(createClient({ url: "http://127.0.0.1:9" }).send(new Wait()));
  return error instanceof NetworkError;
}

Object.assign(globalThis, {
  async run() {
    const results = { send: await send(), declared: await declared(), stream: await stream() };
    await leave();
    return { ...results, abort: await abort(), redirect: await redirect(), refused: await refused() };
  },
});

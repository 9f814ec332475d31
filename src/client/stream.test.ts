import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import Fastify from "fastify";
import { ConflictError, defineEvent, defineModule, EventTimeoutError } from "tsmodules";
import { ModuleRouter, registerErrorHandlers } from "tsmodules/api";
import { type ClientOptions, createClient, NetworkError, RemoteError } from "tsmodules/client";
import { createTestHost, FakeClock } from "tsmodules/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";

class Count extends defineEvent("number.count", {
  input: z.object({ to: z.number(), after: z.string().optional() }),
  output: z.object({ n: z.number(), at: z.date() }),
  errors: { ENOUGH: z.object({ total: z.bigint() }) },
  stream: true,
}) {}

/** Serves `Count` as the api does. `ended` resolves to how many items were made, once the handler has ended. */
async function serve(options: Partial<ClientOptions> = {}) {
  const { promise: ended, resolve: end } = Promise.withResolvers<number>();
  const host = createTestHost().register(
    defineModule({ name: "numbers" }, (module) => {
      module.handle(Count, async function* ({ input: { to, after } }, { fail, signal }) {
        let made = 0;
        try {
          if (to === 0) throw new ConflictError("there is no number");
          for (; made < to; made++) yield { n: made, at: new Date(made) };
          if (after === "enough") throw fail("ENOUGH", { total: BigInt(made) });
          if (after === "bug") throw new Error("password=secret");
          if (after === "wait") await once(signal, "abort");
        } finally {
          end(made);
        }
      });
    }),
  );
  const app = Fastify();
  registerErrorHandlers(app);
  new ModuleRouter(host).registerEvent(Count).mount(app, { rpc: true });
  const url = await app.listen({ port: 0, host: "127.0.0.1" });
  onTestFinished(() => app.close());
  return { client: createClient({ url, ...options }), ended };
}

/** Answers with what `write` writes, however little it is worth. */
async function serveRaw(write: (response: ServerResponse) => unknown) {
  const server = createServer((_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    write(response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close().closeAllConnections());
  const { port } = server.address() as AddressInfo;
  return createClient({ url: `http://127.0.0.1:${port}` });
}

async function arrayOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const array: T[] = [];
  for await (const item of items) array.push(item);
  return array;
}

async function collect(items: AsyncIterable<{ n: number }>): Promise<{ numbers: number[]; error: unknown }> {
  const numbers: number[] = [];
  try {
    for await (const { n } of items) numbers.push(n);
    return { numbers, error: undefined };
  } catch (error) {
    return { numbers, error };
  }
}

describe("a stream", () => {
  it("is read item by item, each revived", async () => {
    const { client } = await serve();
    const items = await arrayOf(await client.send(new Count({ to: 2 })));

    expect(items).toEqual([
      { n: 0, at: new Date(0) },
      { n: 1, at: new Date(1) },
    ]);
  });

  it("that fails before its first item fails as anything else", async () => {
    const { client } = await serve();
    await expect(client.send(new Count({ to: 0 }))).rejects.toThrow(ConflictError);
  });

  it("throws what is declared half-way, after what came before", async () => {
    const { client } = await serve();
    const { numbers, error } = await collect(await client.send(new Count({ to: 2, after: "enough" })));

    expect(numbers).toEqual([0, 1]);
    if (!Count.isError(error, "ENOUGH")) throw error;
    expect(error.data).toEqual({ total: 2n });
  });

  it("throws a RemoteError where the server failed half-way", async () => {
    const { client } = await serve();
    const { numbers, error } = await collect(await client.send(new Count({ to: 1, after: "bug" })));

    expect(numbers).toEqual([0]);
    expect(error).toBeInstanceOf(RemoteError);
    expect(error).toMatchObject({ status: 500 });
  });

  it("ends at the server when its reader leaves", async () => {
    const { client, ended } = await serve();
    for await (const { n } of await client.send(new Count({ to: 5, after: "wait" }))) if (n === 2) break;

    expect(await ended).toBe(5);
  });

  it("is made no faster than it is read", async () => {
    const { client, ended } = await serve();
    const to = 1_000_000;
    for await (const { n } of await client.send(new Count({ to }))) if (n === 10) break;

    expect(await ended).toBeLessThan(to);
  });

  it("ends when its caller aborts it", async () => {
    const { client, ended } = await serve();
    const controller = new AbortController();
    const items = await client.send(new Count({ to: 1, after: "wait" }), { signal: controller.signal });
    const iterator = items[Symbol.asyncIterator]();
    await iterator.next();
    const next = iterator.next();
    controller.abort("seen enough");

    await expect(next).rejects.toBe("seen enough");
    expect(await ended).toBe(1);
  });

  it("ends when the time of its call is up; the client's time is for its beginning", async () => {
    const clock = new FakeClock();
    const { client } = await serve({ clock, timeoutMs: 50 });
    const unlimited = await client.send(new Count({ to: 1, after: "wait" }));
    const limited = await client.send(new Count({ to: 1, after: "wait" }), { timeoutMs: 100 });
    const iterator = limited[Symbol.asyncIterator]();
    await iterator.next();
    const next = expect(iterator.next()).rejects.toThrow(EventTimeoutError);
    await clock.advance(100);

    await next;
    for await (const _ of unlimited) break;
    expect(clock.pending).toBe(0);
  });
});

describe("server-sent events", () => {
  const text =
    '\uFEFF: hello\r\n\r\ndata: {"n": 1,\r\ndata: "at":"2026-01-01"}\r\n\r\n:\n\n' +
    'event: news\ndata: "ignored"\n\nid: 7\nretry: 5\ndata:{"n":2,"word":"ü€😀"}\n\n\n' +
    'data: {"n":3}\r\revent: done\ndata: null\n\n';

  it.each([1, 2, 3, 5, 64, 1_000])("are read from pieces of %d bytes", async (size) => {
    class Words extends defineEvent("number.count", {
      output: z.looseObject({ n: z.number() }),
      stream: true,
    }) {}
    const bytes = new TextEncoder().encode(text);
    const pieces = ReadableStream.from(
      Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
        bytes.slice(index * size, (index + 1) * size),
      ),
    );
    const client = createClient({
      url: "http://localhost",
      fetch: async () => new Response(pieces, { headers: { "content-type": "text/event-stream" } }),
    });

    expect(await arrayOf(await client.send(new Words()))).toEqual([
      { n: 1, at: "2026-01-01" },
      { n: 2, word: "ü€😀" },
      { n: 3 },
    ]);
  });

  it("that are long are read in time that grows with their length alone", async () => {
    class Long extends defineEvent("number.long", { output: z.string(), stream: true }) {}
    const piece = new TextEncoder().encode("a".repeat(1_000));
    const pieces = ReadableStream.from(
      (function* () {
        yield new TextEncoder().encode('data: "');
        for (let index = 0; index < 10_000; index++) yield piece;
        yield new TextEncoder().encode('"\n\nevent: done\ndata: null\n\n');
      })(),
    );
    const client = createClient({
      url: "http://localhost",
      fetch: async () => new Response(pieces, { headers: { "content-type": "text/event-stream" } }),
    });

    const [item] = await arrayOf(await client.send(new Long()));
    expect(item?.length).toBe(10_000_000);
  });

  it.each<[string, (response: ServerResponse) => unknown, new (...args: never[]) => Error, string]>([
    [
      "an end without done",
      (response) => response.end('data: {"n":1}\n\n'),
      NetworkError,
      "the stream broke off",
    ],
    [
      "half an event",
      (response) => response.end('data: {"n":1}\n\ndata: {"n":2}'),
      NetworkError,
      "the stream broke off",
    ],
    [
      "a cut connection",
      (response) => response.write('data: {"n":1}\n\n', () => setImmediate(() => response.destroy())),
      NetworkError,
      "the connection broke off",
    ],
    [
      "garbage",
      (response) => response.end('data: {"n":1}\n\ndata: {{{\n\n'),
      RemoteError,
      "text that is no JSON",
    ],
    [
      "a problem that is none",
      (response) => response.end('data: {"n":1}\n\nevent: problem\ndata: 7\n\n'),
      RemoteError,
      "no detail",
    ],
  ])("that come to %s throw", async (_what, write, type, message) => {
    const client = await serveRaw(write);
    const { numbers, error } = await collect(await client.send(new Count({ to: 1 })));

    expect(numbers).toEqual([1]);
    expect(error).toBeInstanceOf(type);
    expect((error as Error).message).toContain(message);
  });
});

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import Fastify, { type FastifyServerOptions } from "fastify";
import { defineEvent, defineModule, type HandlerContext, NotFoundError } from "tsmodules";
import { ModuleRouter, registerErrorHandlers } from "tsmodules/api";
import { createTestHost, FakeClock } from "tsmodules/testing";
import { afterEach, describe, expect, it } from "vitest";
import { z } from "zod";

class Watch extends defineEvent("item.watch", {
  output: z.object({ id: z.number(), text: z.string().optional() }),
  stream: true,
  http: { method: "GET", path: "/items" },
}) {}

const apps: { close(): Promise<unknown> }[] = [];
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(apps.splice(0).map((app) => app.close()));
});

type Item = { id: number; text?: string };

/** A server that streams what `items` gives. */
async function streaming(
  items: (context: Pick<HandlerContext, "signal">) => AsyncIterable<Item>,
  logger: FastifyServerOptions["logger"] = false,
) {
  const clock = new FakeClock();
  const host = createTestHost({ clock, validateOutput: false }).register(
    defineModule({ name: "items" }, (module) => module.handle(Watch, (_event, context) => items(context))),
  );
  const app = Fastify({ forceCloseConnections: true, logger });
  apps.push(app);
  registerErrorHandlers(app);
  new ModuleRouter(host).registerEvent(Watch).mount(app);
  const url = await app.listen({ port: 0, host: "127.0.0.1" });
  const open = async (accept: string) => {
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    sockets.push(socket);
    socket.write(`GET /items HTTP/1.1\r\nHost: a\r\nAccept: ${accept}\r\nConnection: close\r\n\r\n`);
    return socket;
  };
  const get = (accept: string) => fetch(`${url}/items`, { headers: { accept } });
  return { clock, host, url, open, get };
}

const EVENTS = "text/event-stream";
const LINES = "application/x-ndjson";

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe.each([EVENTS, LINES])("a stream as %s", (accept) => {
  it("goes no faster than its client reads", async () => {
    let yielded = 0;
    const { open } = await streaming(async function* () {
      for (let id = 0; id < 100_000; id++) {
        yielded++;
        yield { id, text: "x".repeat(1_000) };
      }
    });
    const socket = await open(accept);
    socket.pause();
    let before = -1;
    // Until it stands still: the buffers of the sockets are full.
    for (let still = 0; still < 200; still = yielded === before ? still + 1 : 0) {
      before = yielded;
      await turn();
    }

    expect(yielded).toBeGreaterThan(0);
    expect(yielded).toBeLessThan(50_000);
  });

  it("aborts its signal, and ends its generator, when the client goes away", async () => {
    const aborted = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    const { open, host } = await streaming(async function* ({ signal }) {
      try {
        yield { id: 1 };
        signal.addEventListener("abort", () => aborted.resolve());
        await aborted.promise;
        yield { id: 2 };
      } finally {
        ended.resolve();
      }
    });
    const socket = await open(accept);
    await once(socket, "data");
    socket.destroy();

    await Promise.all([aborted.promise, ended.promise]);
    await turn();
    expect(host.eventsInProgress.size).toBe(0);
  });

  it("that fails before its first item is answered as any other", async () => {
    // biome-ignore lint/correctness/useYield: it fails before.
    const { get } = await streaming(async function* () {
      throw new NotFoundError("list");
    });
    const response = await get(accept);

    expect(response.status).toBe(404);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(await response.json()).toMatchObject({ code: "NOT_FOUND", detail: "list not found" });
  });

  it("holds nothing that the contract does not have", async () => {
    const { get } = await streaming(async function* () {
      for (const id of [1, 2]) yield { id, passwordHash: "secret" } as Item;
    });

    expect((await (await get(accept)).text()).match(/\{.*\}/g)).toEqual(['{"id":1}', '{"id":2}']);
  });
});

async function* breaking(): AsyncGenerator<Item> {
  yield { id: 1 };
  throw new Error("password=secret");
}

describe("a stream that fails half-way", () => {
  it("ends events with the problem", async () => {
    const { get } = await streaming(breaking);
    const [item, problem, ...rest] = (await (await get(EVENTS)).text()).split("\n\n");

    expect(item).toBe('data: {"id":1}');
    expect(problem).toMatch(/^event: problem\ndata: \{.*"status":500.*\}$/);
    expect(problem).not.toContain("secret");
    expect(rest).toEqual([""]);
  });

  it("breaks lines off, and the connection with them", async () => {
    const { open } = await streaming(breaking);
    const received = await text(await open(LINES));

    expect(received).toContain('{"id":1}\n');
    // Chunks that are complete end with one of length 0.
    expect(received).not.toMatch(/\r\n0\r\n\r\n$/);
  });
});

describe("a client that goes away half-way", () => {
  it("is no failure of the server", async () => {
    const records: { level: number; msg: string }[] = [];
    const gone = Promise.withResolvers<void>();
    const write = (line: string) => {
      records.push(JSON.parse(line));
      if (records.at(-1)?.msg === "the client went away") gone.resolve();
    };
    const logger = { level: "debug", stream: { write } };
    const { open } = await streaming(async function* ({ signal }) {
      yield { id: 1 };
      await once(signal, "abort");
    }, logger);
    const socket = await open(EVENTS);
    await once(socket, "data");
    socket.destroy();
    await gone.promise;

    expect(records.filter(({ level }) => level >= 40)).toEqual([]);
  });
});

describe("HEAD", () => {
  it("reads no stream for nobody", async () => {
    let yielded = 0;
    const { url } = await streaming(async function* () {
      for (let id = 0; id < 1_000; id++) {
        yielded++;
        yield { id };
      }
    });
    const head = await fetch(`${url}/items`, { method: "HEAD" });

    expect([head.status, head.headers.get("allow")]).toEqual([405, "GET"]);
    expect(yielded).toBe(0);
  });
});

describe("server-sent events", () => {
  it("tell where they end", async () => {
    const { get } = await streaming(async function* () {
      yield { id: 1 };
    });
    const response = await get(EVENTS);

    expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    expect(response.headers.get("cache-control")).toBe("no-cache");
    expect(await response.text()).toBe('data: {"id":1}\n\nevent: done\ndata: null\n\n');
  });

  it("show that they live while there is nothing to tell", async () => {
    const waiting = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    const { get, clock } = await streaming(async function* () {
      yield { id: 1 };
      waiting.resolve();
      await released.promise;
      yield { id: 2 };
    });
    const reader = (await get(EVENTS)).body?.pipeThrough(new TextDecoderStream()).getReader();
    const next = async () => (await reader?.read())?.value;

    expect(await next()).toBe('data: {"id":1}\n\n');
    await waiting.promise;
    for (const _ of [1, 2]) {
      await clock.advance(15_000);
      expect(await next()).toBe(":\n\n");
    }
    released.resolve();
    expect(await next()).toContain('data: {"id":2}\n\n');
    await reader?.cancel();
  });
});

import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { APIError, defineEvent } from "tsmodules";
import { type Client, type ClientOptions, createClient, NetworkError, RemoteError } from "tsmodules/client";
import { FakeClock } from "tsmodules/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";

class Ask extends defineEvent("oracle.ask", { output: z.object({ text: z.string() }) }) {}
class Tell extends defineEvent("oracle.tell", { output: z.string(), stream: true }) {}

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close().closeAllConnections());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function clientOf(listener: RequestListener, options?: Partial<ClientOptions>): Promise<Client> {
  return createClient({ url: await serve(listener), ...options });
}

const json = { "content-type": "application/json" };
const problem = { "content-type": "application/problem+json" };

describe("a server that", () => {
  it.each<[string, RequestListener, object]>([
    [
      "breaks",
      (_request, response) =>
        response.writeHead(500, { "x-correlation-id": "c-1" }).end("Error: at db.internal"),
      { status: 500, correlationId: "c-1", message: expect.not.stringContaining("db.internal") },
    ],
    [
      "is a proxy without one behind it",
      (_request, response) =>
        response.writeHead(502, { "content-type": "text/html", "retry-after": "7" }).end("<html>"),
      { status: 502, retryAfterMs: 7_000, message: expect.stringContaining("text/html instead of") },
    ],
    [
      "is a captive portal",
      (_request, response) => response.writeHead(200, { "content-type": "text/html" }).end("<html>"),
      { status: 200, message: '"oracle.ask" was answered with 200: text/html instead of application/json' },
    ],
    [
      "says nothing at all",
      (_request, response) => response.writeHead(204).end(),
      { status: 204, message: expect.stringContaining("nothing instead of application/json") },
    ],
    [
      "ends its JSON half-way",
      (_request, response) => response.writeHead(200, json).end('{"text": "ye'),
      {
        status: 200,
        message: expect.stringContaining("text that is no JSON"),
        cause: expect.any(SyntaxError),
      },
    ],
    [
      "tells a problem that is no JSON",
      (_request, response) => response.writeHead(400, problem).end("oh no"),
      { status: 400, message: expect.stringContaining("text that is no JSON") },
    ],
    [
      "tells a problem that is none",
      (_request, response) => response.writeHead(400, problem).end("null"),
      { status: 400 },
    ],
    [
      "tells a problem of another kind",
      (_request, response) => response.writeHead(409, problem).end('{"title":"Conflict","detail":"not now"}'),
      { status: 409, message: '"oracle.ask" was answered with 409: not now' },
    ],
    [
      "gives a code of ours another shape",
      (_request, response) => response.writeHead(422, problem).end('{"code":"EVENT_VALIDATION","errors":5}'),
      { status: 422 },
    ],
    [
      "uses a code that nobody may use",
      (_request, response) => response.writeHead(500, problem).end('{"code":"CONFIGURATION","detail":"x"}'),
      { status: 500 },
    ],
  ])("%s is a RemoteError", async (_what, listener, members) => {
    const client = await clientOf(listener);
    const error = await client.send(new Ask()).catch((error) => error);

    expect(error).toBeInstanceOf(RemoteError);
    expect(error).toMatchObject({ code: "REMOTE", ...members });
    expect(error.event).toBeInstanceOf(Ask);
  });

  it("uses the name of a method of objects as a code is no special case", async () => {
    const client = await clientOf((_request, response) => {
      response.writeHead(422, problem).end('{"code":"constructor","detail":"odd"}');
    });
    const error = await client.send(new Ask()).catch((error) => error);

    expect(error.constructor).toBe(APIError);
    expect(error).toMatchObject({ status: 422, code: "constructor", message: "odd" });
  });

  it("is down is a NetworkError that keeps its cause", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const client = createClient({ url: `http://127.0.0.1:${port}` });
    const error = await client.send(new Ask()).catch((error) => error);

    expect(error).toBeInstanceOf(NetworkError);
    expect(error).toMatchObject({ code: "NETWORK", cause: { cause: { code: "ECONNREFUSED" } } });
  });

  it.each<[string, RequestListener]>([
    ["before it answers", (request) => request.socket.destroy()],
    [
      "while it answers",
      (request, response) => {
        response
          .writeHead(200, { ...json, "content-length": "100" })
          .write('{"text":', () => request.socket.destroy());
      },
    ],
    [
      "while it tells a problem",
      (request, response) => {
        response.writeHead(422, problem).write('{"code":', () => request.socket.destroy());
      },
    ],
  ])("cuts the connection %s is a NetworkError", async (_when, listener) => {
    const client = await clientOf(listener);
    await expect(client.send(new Ask())).rejects.toThrow(NetworkError);
  });

  it.each([301, 302, 303, 307, 308])(
    "redirects with %d is not followed: the token is for one origin",
    async (status) => {
      const seen: unknown[] = [];
      const elsewhere = await serve((request, response) => {
        seen.push(request.headers.authorization);
        response.writeHead(200, json).end('{"text":"stolen"}');
      });
      const client = await clientOf(
        (request, response) => response.writeHead(status, { location: elsewhere + request.url }).end(),
        { token: "secret" },
      );

      await expect(client.send(new Ask())).rejects.toThrow(`${status}: a redirect`);
      expect(seen).toEqual([]);
    },
  );

  it("never ends its answer is left when the time is up", async () => {
    const clock = new FakeClock();
    const { promise: left, resolve: leave } = Promise.withResolvers<void>();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const client = await clientOf(
      (_request, response) => {
        response
          .once("close", leave)
          .writeHead(200, json)
          .write('{"text":', () => begin());
      },
      { clock },
    );
    const answer = expect(client.send(new Ask(), { timeoutMs: 10 })).rejects.toThrow(
      "took longer than 10 ms",
    );
    await begun;
    await clock.advance(10);

    await answer;
    await left;
  });

  it("has much to say is heard to the end", async () => {
    const text = "ü".repeat(10_000_000);
    const client = await clientOf((_request, response) => {
      response.writeHead(200, json).end(JSON.stringify({ text }));
    });

    expect(await client.send(new Ask())).toEqual({ text });
  });

  it.each([
    ["an error without end", 400, problem],
    ["a page without end", 500, { "content-type": "text/html" }],
    ["a page without end for an answer", 200, { "content-type": "text/html" }],
  ])("sends %s is left", async (_what, status, headers) => {
    const { promise: left, resolve: leave } = Promise.withResolvers<void>();
    const client = await clientOf((_request, response) => {
      response.writeHead(status, headers).once("close", leave);
      const more = () => {
        while (!response.destroyed && response.write(" ".repeat(65_536)));
      };
      response.on("drain", more);
      more();
    });

    await expect(client.send(new Ask())).rejects.toThrow(RemoteError);
    await left;
  });

  it("is a captive portal is none for events without output, either", async () => {
    class Note extends defineEvent("oracle.note") {}
    const client = await clientOf((_request, response) => {
      response.writeHead(200, { "content-type": "text/html" }).end("<html>");
    });

    await expect(client.send(new Note())).rejects.toThrow("text/html instead of application/json");
  });

  it("does not stream what streams is a RemoteError", async () => {
    const client = await clientOf((_request, response) => response.writeHead(200, json).end("[]"));
    await expect(client.send(new Tell())).rejects.toThrow("application/json instead of text/event-stream");
  });
});

describe("a fetch of one's own", () => {
  it("that throws at once is a NetworkError", async () => {
    const client = createClient({
      url: "http://localhost",
      fetch: () => {
        throw new Error("no network in tests");
      },
    });

    await expect(client.send(new Ask())).rejects.toMatchObject({
      name: "NetworkError",
      cause: new Error("no network in tests"),
    });
  });
});

import { spawn } from "node:child_process";
import { once } from "node:events";
import { Agent, get, type IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import Fastify, { type FastifyInstance } from "fastify";
import { ConfigurationError, defineEvent, defineModule, type ModuleHostOptions } from "tsmodules";
import {
  addHealthEndpoints,
  closeGracefully,
  ModuleRouter,
  problemDetails,
  registerErrorHandlers,
} from "tsmodules/api";
import { createTestHost, FakeClock } from "tsmodules/testing";
import { afterEach, describe, expect, it } from "vitest";
import { z } from "zod";

class GetNow extends defineEvent("now.get", { output: z.string(), http: { path: "/now" } }) {}
class Wait extends defineEvent("thing.wait", {
  output: z.string(),
  http: { method: "GET", path: "/wait" },
}) {}
class Hang extends defineEvent("thing.hang", {
  output: z.string(),
  http: { method: "GET", path: "/hang" },
}) {}
class Count extends defineEvent("number.count", {
  output: z.number(),
  stream: true,
  http: { method: "GET", path: "/count" },
}) {}

const agents: Agent[] = [];
const sockets: Socket[] = [];

afterEach(() => {
  for (const agent of agents.splice(0)) agent.destroy();
  for (const socket of sockets.splice(0)) socket.destroy();
});

/** A server with something that waits until it is told, something that never ends, and a stream of both. */
async function listening(options: ModuleHostOptions = {}, extend: (app: FastifyInstance) => void = () => {}) {
  const began = Promise.withResolvers<AbortSignal>();
  const released = Promise.withResolvers<void>();
  const unloaded: string[] = [];
  const host = createTestHost(options).register(
    defineModule({ name: "all" }, (module) => {
      module.handle(GetNow, () => "now");
      module.handle(Wait, async (_event, { signal }) => {
        began.resolve(signal);
        await released.promise;
        return "waited";
      });
      module.handle(Hang, (_event, { signal }) => {
        began.resolve(signal);
        return new Promise(() => {});
      });
      module.handle(Count, async function* (_event, { signal }) {
        yield 1;
        began.resolve(signal);
        await released.promise;
        yield 2;
      });
      module.onUnload(() => void unloaded.push("all"));
    }),
  );
  const app = Fastify({ ...problemDetails });
  registerErrorHandlers(app);
  new ModuleRouter(host)
    .registerEvent(GetNow)
    .registerEvent(Wait)
    .registerEvent(Hang)
    .registerEvent(Count)
    .mount(app);
  addHealthEndpoints(app, host);
  extend(app);
  const address = await app.listen({ port: 0, host: "127.0.0.1" });
  const open = async () => {
    const socket = connect(Number(new URL(address).port), "127.0.0.1");
    sockets.push(socket);
    await once(socket, "connect");
    return socket;
  };
  return { app, host, address, open, unloaded, began: began.promise, release: released.resolve };
}

function keepingAlive(): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  agents.push(agent);
  return agent;
}

async function request(url: string, agent = keepingAlive()) {
  const [response] = (await once(get(url, { agent }), "response")) as [IncomingMessage];
  const { socket } = response;
  return { status: response.statusCode, headers: response.headers, body: await text(response), socket };
}

describe("closeGracefully", () => {
  it("fails readiness first, and still answers until load balancers know", async () => {
    const clock = new FakeClock();
    const { app, host, address } = await listening({ clock });
    const closed = closeGracefully(app, host, { readinessDelayMs: 5_000 });
    const [ready, all, live, now] = await Promise.all(
      ["/health/ready", "/health", "/health/live", "/now"].map((path) => request(address + path)),
    );

    expect([ready?.status, all?.status, live?.status]).toEqual([503, 503, 200]);
    expect(JSON.parse(ready?.body ?? "")).toMatchObject({
      status: "unhealthy",
      checks: { server: { message: "the server is closing" }, host: { status: "healthy" } },
    });
    expect(now).toMatchObject({ status: 200, body: '"now"', headers: { connection: "close" } });
    await clock.advance(5_000);
    expect(await closed).toBe(true);
  });

  it("takes no new connection after that, answers what runs, then unloads the modules", async () => {
    const { app, host, address, began, release, unloaded } = await listening();
    const waiting = request(`${address}/wait`);
    await began;
    const closed = closeGracefully(app, host);
    await new Promise((resolve) => setImmediate(resolve));

    await expect(request(`${address}/now`)).rejects.toThrow("ECONNREFUSED");
    expect(unloaded).toEqual([]);
    release();
    expect(await waiting).toMatchObject({ status: 200, body: '"waited"', headers: { connection: "close" } });
    expect(await closed).toBe(true);
    expect(unloaded).toEqual(["all"]);
  });

  it("ends connections that are kept alive", async () => {
    const { app, host, address } = await listening();
    const { socket, headers } = await request(`${address}/now`);
    expect(headers.connection).toBe("keep-alive");
    const ended = once(socket, "close");

    expect(await closeGracefully(app, host)).toBe(true);
    await ended;
  });

  it("ends those that answers of other routes kept alive meanwhile", async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const began = Promise.withResolvers<void>();
    const { app, host, address } = await listening({}, (other) => {
      other.get("/other", () => {
        began.resolve();
        return promise;
      });
    });
    const other = request(`${address}/other`);
    await began.promise;
    const closed = closeGracefully(app, host);
    resolve("other");

    expect(await other).toMatchObject({ body: "other" });
    expect(await closed).toBe(true);
  });

  it("ends those over which nothing ever came", async () => {
    const { app, host, open } = await listening();
    const ended = once(await open(), "close");

    expect(await closeGracefully(app, host)).toBe(true);
    await ended;
  });

  it("lets a slow client read an answer to its end", async () => {
    const large = "x".repeat(20_000_000);
    const { app, host, open } = await listening({}, (other) => other.get("/large", () => large));
    const socket = await open();
    socket.write("GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
    await once(socket, "readable");
    const closed = closeGracefully(app, host);
    const body = await text(socket);

    expect(body.slice(body.indexOf("\r\n\r\n") + 4)).toHaveLength(large.length);
    expect(await closed).toBe(true);
  });

  it("lets streams end", async () => {
    const { app, host, address, began, release } = await listening();
    const stream = request(`${address}/count`);
    await began;
    const closed = closeGracefully(app, host);
    release();

    expect((await stream).body).toBe("1\n2\n");
    expect(await closed).toBe(true);
  });

  it("aborts what still runs after its time, and answers it", async () => {
    const { app, host, address, began, unloaded } = await listening();
    const hanging = request(`${address}/hang`);
    const signal = await began;

    expect(await closeGracefully(app, host, { timeoutMs: 20 })).toBe(false);
    expect(signal.aborted).toBe(true);
    expect(await hanging).toMatchObject({ status: 503, headers: { connection: "close" } });
    expect(unloaded).toEqual(["all"]);
  });

  it("cuts off what does not end then either", async () => {
    const began = Promise.withResolvers<void>();
    const { app, host, address } = await listening({}, (other) => {
      other.get("/other", () => {
        began.resolve();
        return new Promise(() => {});
      });
    });
    const other = request(`${address}/other`);
    other.catch(() => {});
    await began.promise;

    expect(await closeGracefully(app, host, { timeoutMs: 20 })).toBe(false);
    await expect(other).rejects.toThrow("socket hang up");
  });

  it("closes once, however often it is called", async () => {
    const { app, host, unloaded } = await listening();
    const closed = closeGracefully(app, host);

    expect(closeGracefully(app, host)).toBe(closed);
    await closed;
    expect(unloaded).toEqual(["all"]);
  });

  it("closes the host though a hook of the application fails, and says so", async () => {
    const { app, host, unloaded } = await listening({}, (other) => {
      other.addHook("onClose", async () => {
        throw new Error("the database hung up");
      });
    });

    await expect(closeGracefully(app, host)).rejects.toThrow("the database hung up");
    expect(unloaded).toEqual(["all"]);
  });

  it("refuses wrong options by name", () => {
    const close = () => closeGracefully(Fastify(), createTestHost(), { timeoutMs: -1 });

    expect(close).toThrow(ConfigurationError);
    expect(close).toThrow("closeGracefully: timeoutMs must be a number of milliseconds from 0");
  });
});

describe("exitOnSignals", () => {
  const program = (timeoutMs: number) => `
    import Fastify from "fastify";
    import { ModuleHost } from "tsmodules";
    import { exitOnSignals } from "tsmodules/api";
    const app = Fastify();
    app.get("/hang", () => {
      console.log("hanging");
      return new Promise(() => {});
    });
    exitOnSignals(app, new ModuleHost(), { timeoutMs: ${timeoutMs} });
    console.log(await app.listen({ port: 0, host: "127.0.0.1" }));
  `;

  async function started(timeoutMs: number) {
    const child = spawn(
      "node",
      ["--conditions=@tsmodules/source", "--input-type=module", "-e", program(timeoutMs)],
      {
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    const printed = async () => String((await once(child.stdout, "data"))[0]).trim();
    return { child, printed, address: await printed() };
  }

  it("ends the process with 0", async () => {
    const { child } = await started(5_000);
    child.kill("SIGTERM");

    expect(await once(child, "exit")).toEqual([0, null]);
  });

  it("ends it with 1 where something was cut off", async () => {
    const { child, address, printed } = await started(20);
    request(`${address}/hang`).catch(() => {});
    await printed();
    child.kill("SIGINT");

    expect(await once(child, "exit")).toEqual([1, null]);
  });

  it("ends it at once on a second signal", async () => {
    const { child, address, printed } = await started(60_000);
    request(`${address}/hang`).catch(() => {});
    await printed();
    child.kill("SIGTERM");
    while (
      await request(`${address}/nothing`).then(
        () => true,
        () => false,
      )
    );
    child.kill("SIGTERM");

    expect(await once(child, "exit")).toEqual([1, null]);
  });
});

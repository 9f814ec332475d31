import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { defineEvent, defineModule } from "tsmodules";
import { addEventEndpoint, closeGracefully } from "tsmodules/api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createApp, createHost } from "./app.ts";

const main = fileURLToPath(new URL("main.ts", import.meta.url));

function start(env: Record<string, string>) {
  return spawn("node", ["--conditions=@tsmodules/source", main], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** What the program prints until it waits for requests. */
async function greeting(program: ReturnType<typeof start>): Promise<string> {
  let printed = "";
  for await (const chunk of program.stdout) {
    printed += chunk;
    if (printed.includes("Stop with Ctrl-C.")) break;
  }
  return printed;
}

/** What curl does with a command as the quickstart prints it: the answer's body and status. */
async function curl(command: string): Promise<string> {
  const option = (name: string) => {
    const [, quoted, plain] = command.match(new RegExp(`${name} (?:'([^']*)'|(\\S+))`)) ?? [];
    return quoted ?? plain;
  };
  const [url = ""] = command.match(/http:[^' ]+/) ?? [];
  const [name = "accept", value = "*/*"] = option("-H")?.split(": ") ?? [];
  const body = option("-d");
  const response = await fetch(url, {
    method: option("-X") ?? "GET",
    headers: { [name]: value },
    ...(body !== undefined && { body }),
  });
  return `${await response.text()} ${response.status}`;
}

describe("the quickstart", () => {
  let program: ReturnType<typeof start>;
  let printed: string;
  let address: string;

  beforeAll(async () => {
    program = start({ PORT: "0" });
    printed = await greeting(program);
    [address = ""] = printed.match(/http:\/\/127\.0\.0\.1:\d+/) ?? [];
  });

  afterAll(() => {
    program.kill("SIGKILL");
  });

  it("dispatches in the process first", () => {
    expect(printed).toContain("Greet  → { message: 'Hello, Ada!' }");
    expect(printed).toContain("Divide → { quotient: 42 }");
    expect(printed).toContain("Divide → DIVISION_BY_ZERO { dividend: 1 }");
  });

  it("prints curl commands that work as they are", async () => {
    const commands = Array.from(printed.matchAll(/^ {2}curl (.*)$/gm), ([, command = ""]) => command);
    const answers = await Promise.all(commands.map(curl));

    expect(answers).toEqual([
      '{"message":"Hello, Ada!"} 201',
      '{"quotient":42} 200',
      expect.stringMatching(
        /"code":"DIVISION_BY_ZERO","data":\{"dividend":84\},"correlationId":"[0-9a-f]{32}"\} 409$/,
      ),
      expect.stringMatching(/"pointer":"\/dividend","message":"Invalid input: expected number.*422$/),
      expect.stringMatching(/^\{"status":"healthy".* 200$/),
      expect.stringMatching(/\ntsmodules_events_dispatched_total \d+\n.* 200$/s),
    ]);
  });

  it("serves its documentation", async () => {
    expect((await fetch(`${address}/docs`)).status).toBe(200);
    expect(await (await fetch(`${address}/openapi.json`)).json()).toMatchObject({
      paths: { "/greetings": { post: {} }, "/divide/{dividend}": { get: {} } },
    });
  });

  it.each([
    ["malformed JSON", "POST", "/greetings", "{bad", 400],
    ["a wrong type", "POST", "/greetings", '{"name":5}', 422],
    ["an unknown route", "GET", "/nothing", undefined, 404],
    ["a wrong method", "DELETE", "/greetings", undefined, 405],
  ])("answers %s with a problem", async (_what, method, path, body, status) => {
    const headers = body === undefined ? {} : { "content-type": "application/json" };
    const response = await fetch(address + path, { method, headers, ...(body !== undefined && { body }) });

    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ status, detail: expect.any(String) });
  });

  it.each(["SIGTERM", "SIGINT"] as const)("ends with 0 on %s", async (signal) => {
    const another = start({ PORT: "0" });
    await greeting(another);
    another.kill(signal);

    expect(await once(another, "exit")).toEqual([0, null]);
  });

  it("says in one line that its port is in use", async () => {
    const rival = createServer().listen(0, "127.0.0.1");
    await once(rival, "listening");
    const { port } = rival.address() as { port: number };
    const another = start({ PORT: String(port) });
    const [stderr, [code]] = await Promise.all([text(another.stderr), once(another, "exit")]);
    rival.close();

    expect({ stderr, code }).toEqual({
      stderr: `port ${port} of 127.0.0.1 is in use; choose another by PORT\n`,
      code: 1,
    });
  });

  it.each(["http", "-1", "65536", "3.5"])("refuses PORT=%s in one line", async (port) => {
    const another = start({ PORT: port });
    const [stderr, [code]] = await Promise.all([text(another.stderr), once(another, "exit")]);

    expect({ stderr, code }).toEqual({
      stderr: `PORT must be a port from 0 to 65535, not "${port}"\n`,
      code: 1,
    });
  });
});

describe("stopping", () => {
  it("answers the request that is being handled, and refuses the next", async () => {
    class Wait extends defineEvent("thing.wait") {}
    const { promise: waiting, resolve: answer } = Promise.withResolvers<void>();
    const { promise: began, resolve: begin } = Promise.withResolvers<void>();
    const host = createHost().register(
      defineModule({ name: "waiter" }, (module) => {
        module.handle(Wait, () => {
          begin();
          return waiting;
        });
      }),
    );
    const app = createApp(host);
    addEventEndpoint(app, host, "/wait", Wait);
    const address = await app.listen({ port: 0, host: "127.0.0.1" });
    const response = fetch(`${address}/wait`, { method: "POST" });
    await began;

    const stopped = closeGracefully(app, host);
    await delay(0);
    await expect(fetch(`${address}/health`)).rejects.toThrow();
    answer();

    expect((await response).status).toBe(204);
    await stopped;
  });
});

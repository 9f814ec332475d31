import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";
import { createCallableCheck, createHttpCheck, createTcpCheck, HealthCheck } from "tsmodules/health";
import { afterEach, describe, expect, it } from "vitest";

const servers: Server[] = [];

async function listening(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

/** A port on which nobody listens. */
async function freePort(): Promise<number> {
  const port = await listening(createServer());
  await close(servers.pop() as Server);
  return port;
}

const close = (server: Server) => new Promise((resolve) => server.close(resolve));

afterEach(async () => {
  await Promise.all(servers.splice(0).map(close));
});

const reportOf = async (...check: Parameters<HealthCheck["addCheck"]>) =>
  (await new HealthCheck().addCheck(...check).check()).checks[check[0]];

describe("createHttpCheck", () => {
  it("judges by the status", async () => {
    const port = await listening(
      createHttpServer((request, response) => {
        response.statusCode = request.url === "/ok" ? 200 : 503;
        response.end("body");
      }),
    );
    const url = (path: string) => `http://user:secret@127.0.0.1:${port}${path}`;

    expect(await reportOf("api", createHttpCheck("api", `http://127.0.0.1:${port}/ok`))).toMatchObject({
      status: "healthy",
    });
    expect(await reportOf("api", createHttpCheck("api", `http://127.0.0.1:${port}/bad?key=1`))).toMatchObject(
      {
        status: "unhealthy",
        message: `api: http://127.0.0.1:${port}/bad answered with 503`,
      },
    );
    expect(
      await reportOf("api", createHttpCheck("api", `http://127.0.0.1:${port}/bad`, { expectedStatus: 503 })),
    ).toMatchObject({ status: "healthy" });
    expect(JSON.stringify(await reportOf("api", createHttpCheck("api", url("/ok"))))).not.toContain("secret");
  });

  it("says that nobody answers, and that somebody answers too late", async () => {
    const port = await freePort();
    expect(await reportOf("api", createHttpCheck("api", `http://127.0.0.1:${port}/`))).toMatchObject({
      status: "unhealthy",
      message: `api: http://127.0.0.1:${port}/ cannot be reached (ECONNREFUSED)`,
    });

    const slow = await listening(createHttpServer(() => {}));
    expect(
      await reportOf("api", createHttpCheck("api", `http://127.0.0.1:${slow}/`), { timeoutMs: 50 }),
    ).toMatchObject({ status: "unhealthy", message: "took longer than 50 ms" });
  });

  it("survives a server that hangs up", async () => {
    const port = await listening(createServer((socket) => void socket.destroy()));

    expect(await reportOf("api", createHttpCheck("api", `http://127.0.0.1:${port}/`))).toMatchObject({
      status: "unhealthy",
    });
  });
});

describe("createTcpCheck", () => {
  it("says whether somebody accepts connections", async () => {
    const port = await listening(createServer());
    const closed = await freePort();

    expect(await reportOf("db", createTcpCheck("db", "127.0.0.1", port))).toMatchObject({
      status: "healthy",
    });
    expect(await reportOf("db", createTcpCheck("db", "127.0.0.1", closed))).toMatchObject({
      status: "unhealthy",
      message: `db: 127.0.0.1:${closed} cannot be reached (ECONNREFUSED)`,
    });
  });
});

describe("createCallableCheck", () => {
  it("says one or the other", async () => {
    const messages = { healthyMessage: "Disk OK", unhealthyMessage: "Disk full" };

    expect(
      await reportOf(
        "disk",
        createCallableCheck("disk", () => true, messages),
      ),
    ).toMatchObject({ status: "healthy", message: "Disk OK" });
    expect(
      await reportOf(
        "disk",
        createCallableCheck("disk", async () => false, messages),
      ),
    ).toMatchObject({
      status: "unhealthy",
      message: "Disk full",
    });
  });
});

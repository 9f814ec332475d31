import type { FastifyInstance } from "fastify";
import type { ModuleHost } from "tsmodules";
import { exitOnSignals } from "tsmodules/api";

/** Listens where `PORT` and `HOST` say, and ends in order on SIGTERM and Ctrl-C. */
export async function serve(app: FastifyInstance, host: ModuleHost): Promise<string> {
  const address = await app
    .listen({ port: portOf(process.env.PORT), host: process.env.HOST || "127.0.0.1" })
    .catch((error) => exitWith(reasonOf(error)));
  exitOnSignals(app, host);
  return address;
}

function portOf(text = ""): number {
  if (text === "") return 3000;
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  return exitWith(`PORT must be a port from 0 to 65535, not ${JSON.stringify(text)}`);
}

function reasonOf(error: NodeJS.ErrnoException & { address?: string; port?: number }): string {
  if (error.code === "EADDRINUSE")
    return `port ${error.port} of ${error.address} is in use; choose another by PORT`;
  if (error.code === "EACCES") return `port ${error.port} may not be opened; choose another by PORT`;
  return `the server did not start: ${error.message}`;
}

function exitWith(reason: string): never {
  console.error(reason);
  process.exit(1);
}

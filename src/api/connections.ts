import type { Server } from "node:http";
import type { Socket } from "node:net";

const watched = new WeakMap<Server, Set<Socket>>();

/** Keeps the open connections of a server, which Node does not tell. */
export function watchConnections(server: Server): void {
  if (watched.has(server)) return;
  const connections = new Set<Socket>();
  watched.set(server, connections);
  const watch = (socket: Socket) => {
    connections.add(socket);
    socket.once("close", () => connections.delete(socket));
  };
  server.on("connection", watch);
  server.on("secureConnection", watch);
}

/**
 * Has a server that closes end its connections as they fall idle, and not before.
 *
 * Node does so once, for those that are idle when it closes, and takes for idle what still writes the end of an answer.
 * It never ends those over which nothing has come yet, as browsers keep them in reserve.
 *
 * @returns what stops it.
 */
export function endIdleConnections(server: Server): () => void {
  const connections = watched.get(server) ?? new Set();
  const endIdle = server.closeIdleConnections.bind(server);
  server.closeIdleConnections = () => {
    for (const { writableLength } of connections) if (writableLength > 0) return;
    endIdle();
  };
  const timer = setInterval(() => {
    for (const socket of connections) if (socket.bytesRead === 0) socket.destroy();
    server.closeIdleConnections();
  }, SWEEP_MS);
  return () => clearInterval(timer);
}

const SWEEP_MS = 50;

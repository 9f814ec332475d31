import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** What is answered by a server that does not speak PostgreSQL's protocol: a message of no known kind. */
const NONSENSE = Buffer.from([0xff, 0, 0, 0, 4]);

/** A network between a client and a PostgreSQL, that can fail. It keeps its port until it is closed. */
export class NetFault {
  readonly #target: URL;
  readonly #server = createServer((client) => this.#accept(client));
  readonly #sockets = new Map<Socket, Socket>();
  #nonsense: Uint8Array | undefined;
  #hanging = false;

  private constructor(target: string) {
    this.#target = new URL(target);
  }

  /** @param target - The URL of the PostgreSQL, whose password, database and options {@link url} has, too. */
  static async before(target: string): Promise<NetFault> {
    const network = new NetFault(target);
    await once(network.#server.listen(0, "127.0.0.1"), "listening");
    return network;
  }

  /** The PostgreSQL by way of this network. */
  get url(): string {
    const url = new URL(this.#target);
    url.hostname = "127.0.0.1";
    url.port = String((this.#server.address() as AddressInfo).port);
    return url.href;
  }

  /** Resets the connections that there are; new ones are taken. */
  cut(): void {
    for (const [client, upstream] of this.#sockets) {
      client.resetAndDestroy();
      upstream.destroy();
    }
  }

  /** Lets nothing through any more, on connections old and new, until it is healed. */
  hang(): void {
    this.#hanging = true;
    for (const pair of this.#sockets) for (const socket of pair) socket.pause();
  }

  /** Puts these bytes in the place of whatever the server says, on connections old and new, until it is healed. */
  garble(nonsense: Uint8Array = NONSENSE): void {
    this.#nonsense = nonsense;
  }

  /** Lets everything through again, and what has been held up. */
  heal(): void {
    this.#hanging = false;
    this.#nonsense = undefined;
    for (const pair of this.#sockets) for (const socket of pair) socket.resume();
  }

  /** Ends all connections, and takes no more. */
  async close(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.cut();
    await closed;
  }

  #accept(client: Socket): void {
    const upstream = connect(Number(this.#target.port) || 5432, this.#target.hostname);
    this.#sockets.set(client, upstream);
    client.on("data", (bytes) => upstream.write(bytes));
    upstream.on("data", (bytes) => client.write(this.#nonsense ?? bytes));
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      socket.setNoDelay(true);
      if (this.#hanging) socket.pause();
      // The end of one, in whatever way, is the end of the other.
      socket.on("error", () => {});
      socket.on("close", () => {
        other.destroy();
        this.#sockets.delete(client);
      });
    }
  }
}

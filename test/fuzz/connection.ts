import { connect, type Socket } from "node:net";
import { setImmediate } from "node:timers/promises";
import { type Answer, readAnswer } from "./answer.ts";
import type { Attempt } from "./attempt.ts";
import { isRefusalOfNode } from "./judge.ts";

/** How long a request may take. */
const LIMIT_MS = 5_000;

export interface Outcome {
  readonly answers: readonly Answer[];
  /** Whether the time was up before all that was expected had come. */
  readonly hung: boolean;
  /** Why what came is no response, if it is none. */
  readonly broken: string | undefined;
}

/** Sends attempts, over one connection as long as the server keeps it. */
export class Client {
  readonly #port: number;
  #socket: Socket | undefined;

  constructor(port: number) {
    this.#port = port;
  }

  async send(attempt: Attempt): Promise<Outcome> {
    const keeps = attempt.expects === "success" || attempt.expects === "answers";
    const socket = (keeps && this.#usable()) || this.#connect();
    this.#socket = keeps ? socket : this.#socket;
    const exchanged = exchange(socket, attempt);
    for (const [i, bytes] of attempt.writes.entries()) {
      if (i > 0) await setImmediate();
      if (socket.writable) socket.write(bytes);
    }
    if (attempt.expects === "end") socket.end();
    if (attempt.expects === "nothing") await setImmediate().then(() => socket.destroy());
    const outcome = await exchanged;
    // What Node refuses it closes the connection after, and does not say so.
    if (outcome.answers.some(isRefusalOfNode)) socket.destroy();
    return outcome;
  }

  close(): void {
    this.#socket?.destroy();
  }

  #connect(): Socket {
    const socket = connect({ port: this.#port, host: "127.0.0.1", noDelay: true });
    // A reset closes the connection, too; what had come before it is judged.
    return socket.on("error", () => {});
  }

  #usable(): Socket | undefined {
    return this.#socket?.writable && this.#socket.readable ? this.#socket : undefined;
  }
}

function exchange(socket: Socket, { methods, expects }: Attempt): Promise<Outcome> {
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  const answers: Answer[] = [];
  let unread: Buffer = Buffer.alloc(0);

  const read = (ended: boolean) => {
    try {
      for (;;) {
        const found = readAnswer(unread, { method: methods[answers.length], ended });
        if (found === undefined) return;
        answers.push(found.answer);
        unread = unread.subarray(found.length);
        if (found.answer.headers.get("connection") === "close") socket.end();
      }
    } catch (error) {
      finish(false, String(error));
    }
  };
  const onData = (bytes: Buffer) => {
    unread = Buffer.concat([unread, bytes]);
    read(false);
    if (expects !== "end" && answers.length >= methods.length) finish(false);
  };
  const onClose = () => {
    if (unread.length > 0) read(true);
    finish(false);
  };
  const finish = (hung: boolean, broken?: string) => {
    clearTimeout(timer);
    socket.off("data", onData).off("close", onClose);
    if (hung || broken !== undefined) socket.destroy();
    resolve({ answers, hung, broken });
  };
  const timer = setTimeout(finish, LIMIT_MS, true);
  socket.on("data", onData).on("close", onClose);
  return promise;
}

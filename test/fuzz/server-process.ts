import { type ChildProcess, fork } from "node:child_process";
import type { Condition, Listening } from "./server.ts";

/** How long the server may take to say how it is, and to end. */
const LIMIT_MS = 10_000;

/** The application in a process of its own. */
export class ServerProcess {
  readonly port: number;
  readonly #child: ChildProcess;

  static async start(): Promise<ServerProcess> {
    const child = fork(new URL("./server.ts", import.meta.url), {
      execArgv: [...process.execArgv, "--expose-gc"],
    });
    const { port } = await nextMessage<Listening>(child);
    return new ServerProcess(child, port);
  }

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  /** How the process ended, if it did. */
  get end(): string | undefined {
    const { exitCode, signalCode } = this.#child;
    return exitCode === null && signalCode === null ? undefined : `exit code ${exitCode ?? signalCode}`;
  }

  condition(): Promise<Condition> {
    this.#child.send("condition");
    return nextMessage(this.#child);
  }

  /** Resolves to whether it ended by itself when it was told to. */
  async stop(): Promise<boolean> {
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), LIMIT_MS);
    const exited = new Promise<number | null>((resolve) => this.#child.once("exit", resolve));
    this.#child.disconnect();
    const code = await exited;
    clearTimeout(timer);
    return code === 0;
  }
}

function nextMessage<T>(child: ChildProcess): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const fail = () => {
    child.kill("SIGKILL");
    reject(new Error("the server ended, or does not answer; see above"));
  };
  const timer = setTimeout(fail, LIMIT_MS);
  child.once("exit", fail).once("message", (message) => {
    clearTimeout(timer);
    child.off("exit", fail);
    resolve(message as T);
  });
  return promise;
}

import { type ChildProcess, fork } from "node:child_process";
import type { Entry } from "./roster.ts";

/** A contender in a process of its own, which is idle until it is asked for a measurement. */
export interface MeasuredProcess<T> {
  /** Resolves when the contender is set up and has answered rightly. */
  ready: Promise<unknown>;
  measure(): Promise<T>;
  end(): void;
}

/** Starts `script`, which ends in `serve` (see serve.ts), with a contender. */
export function startMeasuring<T>(
  script: URL,
  { file, contender: { name } }: Entry,
  { options = [], execArgv = [] }: { options?: string[]; execArgv?: string[] } = {},
): MeasuredProcess<T> {
  const child = fork(script, [file, name, ...options], { execArgv });
  return {
    ready: nextMessage(child, name),
    measure() {
      child.send("measure");
      return nextMessage<T>(child, name);
    },
    end: () => child.kill(),
  };
}

function nextMessage<T>(child: ChildProcess, name: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null, signal: string | null) =>
      reject(new Error(`the process that measures "${name}" ended (${code ?? signal}), see above`));
    child.once("exit", onExit);
    child.once("message", (message) => {
      child.off("exit", onExit);
      resolve(message as T);
    });
  });
}

import { type ChildProcess, fork } from "node:child_process";
import type { Entry } from "./roster.ts";

/** A contender in a process of its own, which is idle until it is asked for a measurement. */
export interface MeasuredProcess<T, Ready = unknown> {
  /** Resolves, to what the process says of itself, when the contender is set up and has answered rightly. */
  ready: Promise<Ready>;
  /** `question` is for scripts that measure more than one thing. */
  measure(question?: string): Promise<T>;
  end(): void;
}

/** Starts `script`, which ends in `serve` (see serve.ts), with a contender. */
export function startMeasuring<T, Ready = unknown>(
  script: URL,
  { file, contender: { name } }: Entry<{ name: string }>,
  { options = [], execArgv = [] }: { options?: string[]; execArgv?: string[] } = {},
): MeasuredProcess<T, Ready> {
  const child = fork(script, [file, name, ...options], { execArgv });
  return {
    ready: nextMessage<Ready>(child, name),
    measure(question = "measure") {
      child.send(question);
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

import type { CheckAnswer, CheckFunction } from "./check.ts";

/** What a check says when all is well, and when it is not. */
export interface CallableCheckOptions {
  readonly healthyMessage?: string;
  readonly unhealthyMessage?: string;
}

export interface HttpCheckOptions {
  /** @default any from 200 to 299 */
  readonly expectedStatus?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Checks that `url` answers a GET with a success. Neither its query nor its credentials are shown. */
export function createHttpCheck(
  name: string,
  url: string | URL,
  options: HttpCheckOptions = {},
): CheckFunction {
  const { expectedStatus, headers } = options;
  const { origin, pathname } = new URL(url);
  return async ({ signal }) => {
    let response: Response;
    try {
      response = await fetch(url, { signal, redirect: "manual", ...(headers && { headers }) });
    } catch (error) {
      return unhealthy(`${name}: ${origin}${pathname} cannot be reached (${reasonOf(error)})`);
    }
    await response.body?.cancel();
    const { status } = response;
    if (expectedStatus === undefined ? response.ok : status === expectedStatus) return { status: true };
    return unhealthy(`${name}: ${origin}${pathname} answered with ${status}`);
  };
}

/** Checks that `host` accepts a connection on `port`. */
export function createTcpCheck(name: string, host: string, port: number): CheckFunction {
  return ({ signal }) =>
    new Promise<CheckAnswer>((resolve) => {
      const { connect } = process.getBuiltinModule("node:net");
      const socket = connect({ host, port });
      const end = (answer: CheckAnswer) => {
        socket.destroy();
        resolve(answer);
      };
      signal.addEventListener("abort", () => end(unhealthy(`${name}: ${host}:${port} does not answer`)));
      socket.once("connect", () => end({ status: true }));
      socket.once("error", (error) =>
        end(unhealthy(`${name}: ${host}:${port} cannot be reached (${reasonOf(error)})`)),
      );
    });
}

/** Checks that `fn` gives true. */
export function createCallableCheck(
  _name: string,
  fn: () => boolean | Promise<boolean>,
  { healthyMessage, unhealthyMessage }: CallableCheckOptions = {},
): CheckFunction {
  return async () => {
    const isHealthy = await fn();
    const message = isHealthy ? healthyMessage : unhealthyMessage;
    return { status: isHealthy, ...(message !== undefined && { message }) };
  };
}

function unhealthy(message: string): CheckAnswer {
  return { status: false, message };
}

/** A code where there is one: messages of sockets may name more than is to be shown. */
function reasonOf(error: unknown): string {
  const { cause = error } = error as { readonly cause?: unknown };
  const { code, name } = cause as { readonly code?: unknown; readonly name?: unknown };
  return String(code ?? name ?? "unknown");
}

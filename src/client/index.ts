export { type CallOptions, type Client, createClient } from "./client.ts";
export { NetworkError, RemoteError } from "./errors.ts";
export type { ClientOptions } from "./settings.ts";

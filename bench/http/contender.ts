import type { NewUser } from "./users.ts";

/** One way to serve the same two requests. */
export interface Contender {
  name: string;
  /** What checks the input before it is used. */
  validates: "JSON Schema" | "zod" | "fastest-validator";
  wire: Wire;
  /** Listens on a free port of 127.0.0.1 and resolves to it. */
  listen(): Promise<number>;
}

/** How a contender's requests and answers are written. */
export interface Wire {
  create(input: NewUser): HttpRequest;
  get(id: number | string): HttpRequest;
  /** What the handler answered, out of a parsed body. */
  answerOf(body: unknown): unknown;
}

export interface HttpRequest {
  method: "GET" | "POST";
  path: string;
  /** JSON. */
  body?: string;
}

/** Plain resources, as most contenders serve them. */
export const rest: Wire = {
  create: (input) => ({ method: "POST", path: "/users", body: JSON.stringify(input) }),
  get: (id) => ({ method: "GET", path: `/users/${id}` }),
  answerOf: (body) => body,
};

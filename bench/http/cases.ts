import { deepStrictEqual } from "node:assert";
import type { HttpRequest, Wire } from "./contender.ts";

/** A request that is measured, what it must be answered with, and one like it that must be refused. */
export interface Case {
  title: string;
  request(wire: Wire): HttpRequest;
  answer: unknown;
  invalidRequest(wire: Wire): HttpRequest;
}

const ada = { name: "Ada Lovelace", email: "ada@example.com", age: 36, tags: ["math", "engines"] };

export const cases: Case[] = [
  {
    title: "POST with a validated body",
    request: (wire) => wire.create(ada),
    answer: { id: 1, ...ada },
    invalidRequest: (wire) => wire.create({ ...ada, age: 151 }),
  },
  {
    title: "GET by id",
    request: (wire) => wire.get(42),
    answer: { id: 42, name: ada.name, email: ada.email },
    invalidRequest: (wire) => wire.get("ada"),
  },
];

/** @throws {Error} if the server at `port` answers a case otherwise than all contenders must. */
export async function checkAnswers({ request, answer, invalidRequest }: Case, wire: Wire, port: number) {
  const valid = await send(request(wire), port);
  if (!valid.ok) throw new Error(`a valid request was answered with ${valid.status}: ${await valid.text()}`);
  deepStrictEqual(wire.answerOf(await valid.json()), answer);

  const invalid = await send(invalidRequest(wire), port);
  if (invalid.status < 400 || invalid.status >= 500) {
    throw new Error(`an invalid request was answered with ${invalid.status}: ${await invalid.text()}`);
  }
}

function send({ method, path, body }: HttpRequest, port: number): Promise<Response> {
  const headers = { connection: "close", ...(body !== undefined && { "content-type": "application/json" }) };
  return fetch(`http://127.0.0.1:${port}${path}`, { method, headers, body: body ?? null });
}

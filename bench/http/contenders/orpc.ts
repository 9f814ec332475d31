import { createServer } from "node:http";
import { os } from "@orpc/server";
import { RPCHandler } from "@orpc/server/node";
import type { Contender } from "../contender.ts";
import { listenAt } from "../listen.ts";
import { createUser, getUser, idAsNumber, newUser, user, userSummary } from "../users.ts";

const router = {
  create: os
    .input(newUser)
    .output(user)
    .handler(({ input }) => createUser(input)),
  get: os
    .route({ method: "GET" })
    .input(idAsNumber)
    .output(userSummary)
    .handler(({ input }) => getUser(input.id)),
};

export const contenders: Contender[] = [
  {
    name: "oRPC",
    validates: "zod",
    wire: {
      create: (input) => ({ method: "POST", path: "/create", body: JSON.stringify({ json: input }) }),
      get: (id) => ({
        method: "GET",
        path: `/get?data=${encodeURIComponent(JSON.stringify({ json: { id } }))}`,
      }),
      answerOf: (body) => (body as { json: unknown }).json,
    },
    listen() {
      const handler = new RPCHandler(router);
      return listenAt(createServer((request, response) => void handler.handle(request, response)));
    },
  },
];

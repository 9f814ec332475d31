import { initTRPC } from "@trpc/server";
import { createHTTPServer } from "@trpc/server/adapters/standalone";
import type { Contender } from "../contender.ts";
import { listenAt } from "../listen.ts";
import { createUser, getUser, idAsNumber, newUser, user, userSummary } from "../users.ts";

const t = initTRPC.create();
const router = t.router({
  create: t.procedure
    .input(newUser)
    .output(user)
    .mutation(({ input }) => createUser(input)),
  get: t.procedure
    .input(idAsNumber)
    .output(userSummary)
    .query(({ input }) => getUser(input.id)),
});

export const contenders: Contender[] = [
  {
    name: "tRPC",
    validates: "zod",
    wire: {
      create: (input) => ({ method: "POST", path: "/create", body: JSON.stringify(input) }),
      get: (id) => ({ method: "GET", path: `/get?input=${encodeURIComponent(JSON.stringify({ id }))}` }),
      answerOf: (body) => (body as { result: { data: unknown } }).result.data,
    },
    listen: () => listenAt(createHTTPServer({ router })),
  },
];

import type { Server } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import { zValidator } from "@hono/zod-validator";
import { Hono } from "hono";
import { type Contender, rest } from "../contender.ts";
import { listenAt } from "../listen.ts";
import { createUser, getUser, idFromText, newUser } from "../users.ts";

export const contenders: Contender[] = [
  {
    name: "hono",
    validates: "zod",
    wire: rest,
    listen() {
      const app = new Hono();
      app.post("/users", zValidator("json", newUser), async (c) =>
        c.json(await createUser(c.req.valid("json")), 201),
      );
      app.get("/users/:id", zValidator("param", idFromText), async (c) =>
        c.json(await getUser(c.req.valid("param").id)),
      );
      return listenAt(createAdaptorServer({ fetch: app.fetch }) as Server);
    },
  },
];

import type { Server } from "node:http";
import { ServiceBroker } from "moleculer";
import ApiGateway from "moleculer-web";
import { type Contender, rest } from "../contender.ts";
import { portOf } from "../listen.ts";
import { createUser, getUser, type NewUser } from "../users.ts";

export const contenders: Contender[] = [
  {
    name: "moleculer-web",
    validates: "fastest-validator",
    wire: rest,
    async listen() {
      const broker = new ServiceBroker({ logger: false });
      broker.createService({
        name: "users",
        actions: {
          create: {
            params: {
              name: { type: "string", min: 1, max: 100 },
              email: "email",
              age: { type: "number", integer: true, min: 0, max: 150 },
              tags: { type: "array", items: "string" },
            },
            handler: ({ params, meta }: { params: NewUser; meta: { $statusCode?: number } }) => {
              meta.$statusCode = 201;
              return createUser(params);
            },
          },
          get: {
            params: { id: { type: "number", integer: true, positive: true, convert: true } },
            handler: ({ params }: { params: { id: number } }) => getUser(params.id),
          },
        },
      });
      const gateway = broker.createService({
        name: "api",
        mixins: [ApiGateway],
        settings: {
          ip: "127.0.0.1",
          port: 0,
          routes: [
            {
              path: "/",
              aliases: { "POST /users": "users.create", "GET /users/:id": "users.get" },
              bodyParsers: { json: true },
            },
          ],
        },
      });
      await broker.start();
      return portOf((gateway as unknown as { server: Server }).server);
    },
  },
];

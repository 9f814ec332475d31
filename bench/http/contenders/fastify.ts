import Fastify from "fastify";
import { type Contender, rest } from "../contender.ts";
import { listenOn } from "../listen.ts";
import { createUser, getUser, type NewUser } from "../users.ts";

const newUserSchema = {
  type: "object",
  properties: {
    name: { type: "string", minLength: 1, maxLength: 100 },
    email: { type: "string", format: "email" },
    age: { type: "integer", minimum: 0, maximum: 150 },
    tags: { type: "array", items: { type: "string" } },
  },
  required: ["name", "email", "age", "tags"],
};
const userSchema = {
  type: "object",
  properties: {
    id: { type: "integer" },
    name: { type: "string" },
    email: { type: "string" },
    age: { type: "integer" },
    tags: { type: "array", items: { type: "string" } },
  },
  required: ["id", "name", "email", "age", "tags"],
};
const summarySchema = {
  type: "object",
  properties: { id: { type: "integer" }, name: { type: "string" }, email: { type: "string" } },
  required: ["id", "name", "email"],
};
const idSchema = {
  type: "object",
  properties: { id: { type: "integer", minimum: 1 } },
  required: ["id"],
};

/** The unit: what the others stand on, or could. */
export const contenders: Contender[] = [
  {
    name: "fastify",
    validates: "JSON Schema",
    wire: rest,
    listen() {
      const app = Fastify();
      app.post<{ Body: NewUser }>(
        "/users",
        { schema: { body: newUserSchema, response: { 201: userSchema } } },
        async ({ body }, reply) => {
          reply.code(201);
          return createUser(body);
        },
      );
      app.get<{ Params: { id: number } }>(
        "/users/:id",
        { schema: { params: idSchema, response: { 200: summarySchema } } },
        async ({ params }) => getUser(params.id),
      );
      return listenOn(app);
    },
  },
];

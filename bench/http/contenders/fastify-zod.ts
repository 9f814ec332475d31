import Fastify from "fastify";
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from "fastify-type-provider-zod";
import { type Contender, rest } from "../contender.ts";
import { listenOn } from "../listen.ts";
import { createUser, getUser, idFromText, newUser, user, userSummary } from "../users.ts";

export const contenders: Contender[] = [
  {
    name: "fastify-type-provider-zod",
    validates: "zod",
    wire: rest,
    listen() {
      const app = Fastify().withTypeProvider<ZodTypeProvider>();
      app.setValidatorCompiler(validatorCompiler);
      app.setSerializerCompiler(serializerCompiler);
      app.post("/users", { schema: { body: newUser, response: { 201: user } } }, async ({ body }, reply) => {
        reply.code(201);
        return createUser(body);
      });
      app.get(
        "/users/:id",
        { schema: { params: idFromText, response: { 200: userSummary } } },
        async ({ params }) => getUser(params.id),
      );
      return listenOn(app as never);
    },
  },
];

import { defineEvent, defineModule } from "tsmodules";
import { z } from "zod";

export class Greet extends defineEvent("greeting.create", {
  description: "Greets somebody",
  input: z.object({ name: z.string().min(1).default("World") }),
  output: z.object({ message: z.string() }),
}) {}

export const greeter = defineModule({ name: "greeter", description: "Greets people" }, (module) => {
  module.handle(Greet, ({ input }) => ({ message: `Hello, ${input.name}!` }));
});

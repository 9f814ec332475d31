import { defineEvent, defineModule } from "tsmodules";
import { z } from "zod";

export class Divide extends defineEvent("calculator.divide", {
  description: "Divides one number by another",
  input: z.object({ dividend: z.number(), divisor: z.number() }),
  output: z.object({ quotient: z.number() }),
  errors: { DIVISION_BY_ZERO: z.object({ dividend: z.number() }) },
  http: { method: "GET", path: "/divide/{dividend}", errorStatus: { DIVISION_BY_ZERO: 409 } },
}) {}

export const calculator = defineModule({ name: "calculator", description: "Calculates" }, (module) => {
  module.handle(Divide, async ({ input: { dividend, divisor } }, { fail }) => {
    if (divisor === 0) throw fail("DIVISION_BY_ZERO", { dividend });
    return { quotient: dividend / divisor };
  });
});

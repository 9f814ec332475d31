import { defineEvent, defineModule, type Policies } from "tsmodules";
import { z } from "zod";
import type { FlakyExchange } from "./flaky-exchange.ts";

export class GetRate extends defineEvent("rate.get", {
  description: "What a euro is worth",
  input: z.object({ currency: z.string() }),
  output: z.object({ rate: z.number(), isStale: z.boolean() }),
}) {}

/** Asks the exchange for rates, as carefully as `policies` say. */
export const rates = (exchange: FlakyExchange, policies: Policies) =>
  defineModule({ name: "rates", policies }, (module) => {
    module.handle(GetRate, async ({ input }, { signal }) => ({
      rate: await exchange.rateOf(input.currency, signal),
      isStale: false,
    }));
  });

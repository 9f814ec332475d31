/** What a browser loads to call an event: its contract, and no host. */
import { defineEvent } from "tsmodules";
import { z } from "zod";

class Greet extends defineEvent("browser.greet", {
  input: z.object({ name: z.string().default("World") }),
  output: z.object({ message: z.string() }),
}) {}

const { id, name, input } = new Greet();
Object.assign(globalThis, { greet: { id, name, input } });

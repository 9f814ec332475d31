import { z } from "zod";
import type { Input, Output } from "./contender.ts";

/** The schemas of all contenders that validate with zod. */
export const greetInput = z.object({ name: z.string() });
export const greetOutput = z.object({ message: z.string() });

/** The handlers of all contenders; those that cannot validate by themselves do it in the handler. */
export const greet = async (input: Input): Promise<Output> => ({ message: `Hello, ${input.name}!` });
export const greetChecked = (input: Input): Promise<Output> => greet(greetInput.parse(input));
export const greetSync = (input: Input): Output => ({ message: `Hello, ${input.name}!` });

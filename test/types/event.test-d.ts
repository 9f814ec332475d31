import { type AnyEvent, type DeclaredError, defineEvent, type InputOf, type OutputOf } from "tsmodules";
import { expectTypeOf } from "vitest";
import { z } from "zod";
import {
  type Count,
  Either,
  Greet,
  type Notify,
  OfArktype,
  OfValibot,
  Ping,
  Save,
  SaveTwice,
  Schedule,
  Settings,
  Text,
  Union,
} from "./events.ts";

// The input may be left out exactly when every field may.
new Greet();
new Greet({});
new Greet({ name: "Ada" }, { idempotencyKey: "key" });
new Greet(undefined, { meta: { correlationId: "order-123" } });
new Ping();
new Save({ id: "1" });
new OfValibot({ a: "x" });
new OfArktype({ a: "x" });
new Text("x");
new Union({ kind: "b" });
new Either({ a: "x" });
new Settings({ x: 1 });
new Schedule({ at: "2026-01-01", name: "Ada" });
// @ts-expect-error an input is required
new Save();
// @ts-expect-error an input is required
new Save(undefined);
// @ts-expect-error a field is missing
new Save({});
// @ts-expect-error a field has the wrong type
new Save({ id: 1 });
// @ts-expect-error a field is unknown
new Save({ id: "1", more: true });
// @ts-expect-error an input is required
new OfValibot();
// @ts-expect-error a field has the wrong type
new OfValibot({ a: 1 });
// @ts-expect-error an input is required
new OfArktype();
// @ts-expect-error a field has the wrong type
new OfArktype({ a: 1 });
// @ts-expect-error an input is required
new Text();
// @ts-expect-error an input is required
new Union();
// @ts-expect-error an input is required
new Either();

// @ts-expect-error this is no schema
defineEvent("types.wrong", { input: {} });
// @ts-expect-error this is no schema
defineEvent("types.wrong", { output: "text" });
// @ts-expect-error there is no such option
defineEvent("types.wrong", { inptu: z.object({}) });
// @ts-expect-error a name is required
defineEvent();

// Input and output are what the schemas give.
expectTypeOf<InputOf<typeof Greet>>().toEqualTypeOf<{ name: string; mood?: "happy" | "sad" | undefined }>();
expectTypeOf<OutputOf<typeof Greet>>().toEqualTypeOf<{ message: string; kind: "short" | "long" }>();
expectTypeOf<InputOf<typeof Schedule>>().toEqualTypeOf<{ at: Date; name: number }>();
expectTypeOf<OutputOf<typeof Notify>>().toEqualTypeOf<undefined>();
expectTypeOf<OutputOf<typeof Count>>().toEqualTypeOf<AsyncIterable<{ n: number }>>();
expectTypeOf<OutputOf<typeof OfValibot>>().toEqualTypeOf<{ kind: "x" | "y" }>();
expectTypeOf<OutputOf<typeof OfArktype>>().toEqualTypeOf<{ kind: "x" | "y" }>();

// The class carries its contract, and makes instances of itself.
expectTypeOf(Greet.eventName).toEqualTypeOf<string>();
expectTypeOf(Greet.contract.permissions).toEqualTypeOf<readonly string[]>();
expectTypeOf(await Greet.parse()).toEqualTypeOf<Greet>();
expectTypeOf(await SaveTwice.parse({ id: "1" }, { idempotencyKey: "key" })).toEqualTypeOf<SaveTwice>();
// @ts-expect-error a field is missing
void Save.parse({});
// @ts-expect-error an input is required
void Save.parse();

// Declared errors narrow to their data.
declare const error: unknown;
if (Greet.isError(error, "TOO_RUDE")) {
  expectTypeOf(error).toExtend<DeclaredError>();
  expectTypeOf(error.code).toEqualTypeOf<"TOO_RUDE">();
  expectTypeOf(error.data).toEqualTypeOf<{ word: string; at: Date }>();
}
if (Greet.isError(error, "BUSY")) expectTypeOf(error.data).toEqualTypeOf<{ forMs: number }>();
// @ts-expect-error this code is not declared
Greet.isError(error, "NOPE");
// @ts-expect-error this event declares none
Save.isError(error, "TOO_RUDE");

// Every event is an AnyEvent, and narrows back by its class.
export function open(event: AnyEvent) {
  if (event instanceof Greet) {
    expectTypeOf(event.input.name).toEqualTypeOf<string>();
    event.output = { message: event.input.name, kind: "short" };
    // @ts-expect-error the output is another one
    event.output = { message: 1 };
  }
}
open(new SaveTwice({ id: "1" }));

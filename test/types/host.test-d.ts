import type { AnyEvent, ModuleHost } from "tsmodules";
import { expectTypeOf } from "vitest";
import { Count, Greet, Notify, OfArktype, OfValibot, SaveTwice } from "./events.ts";

declare const host: ModuleHost;
declare const anyEvent: AnyEvent;

const greeted = await host.send(new Greet({ name: "Ada" }), { timeoutMs: 500 });
expectTypeOf(greeted).toEqualTypeOf<{ message: string; kind: "short" | "long" }>();
// @ts-expect-error there is no such field
void greeted.nope;

expectTypeOf(await host.send(new Notify({ id: "1" }))).toEqualTypeOf<undefined>();
expectTypeOf(await host.send(new OfValibot({ a: "x" }))).toEqualTypeOf<{ kind: "x" | "y" }>();
expectTypeOf(await host.send(new OfArktype({ a: "x" }))).toEqualTypeOf<{ kind: "x" | "y" }>();
expectTypeOf(await host.send(new SaveTwice({ id: "1" }))).toEqualTypeOf<{ saved: boolean }>();
for await (const item of await host.send(new Count({ to: 3 })))
  expectTypeOf(item).toEqualTypeOf<{ n: number }>();

const handled = await host.handle(new Greet());
expectTypeOf(handled).toEqualTypeOf<Greet>();
expectTypeOf(handled.output).toEqualTypeOf<{ message: string; kind: "short" | "long" } | undefined>();
expectTypeOf(host.handleSync(new Greet())).toEqualTypeOf<Greet>();
expectTypeOf(await host.handle(anyEvent)).toEqualTypeOf<AnyEvent>();

// @ts-expect-error this is no event
void host.send({});
// @ts-expect-error this is no event
void host.send(new Date());
// @ts-expect-error this is no event
void host.handle({});
// @ts-expect-error this is the class, not an event
void host.publish(Greet);
// @ts-expect-error there is no such option
void host.send(new Greet(), { timeout: 5 });

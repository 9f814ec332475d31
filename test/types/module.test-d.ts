import { type AnyEvent, defineModule, Module, ModuleHost, SKIP } from "tsmodules";
import { expectTypeOf } from "vitest";
import {
  Count,
  Greet,
  Notify,
  OfArktype,
  OfValibot,
  Ping,
  Save,
  SaveTwice,
  Schedule,
  Union,
} from "./events.ts";

// Handlers need no annotation: input, context and answer follow from the event.
defineModule({ name: "inference", policies: { maxConcurrency: 10 } }, (module) => {
  module.handle(Greet, ({ input }) => {
    expectTypeOf(input).toEqualTypeOf<{ name: string; mood?: "happy" | "sad" | undefined }>();
    return { message: input.name, kind: "short" };
  });
  module.handle(Greet, async ({ input }) => ({ message: input.name, kind: "long" }), { timeoutMs: 500 });
  module.handle(Greet, () => SKIP);
  module.handle(Greet, async ({ input }, { fail, signal, host, log }) => {
    expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
    log.info({ mood: input.mood }, "greeting");
    if (input.mood === "sad") throw fail("TOO_RUDE", { word: "sad", at: new Date() });
    if (input.mood === "happy") return SKIP;
    expectTypeOf(await host.send(new Save({ id: "1" }))).toEqualTypeOf<{ saved: boolean }>();
    return { message: "Hello", kind: "short" };
  });
  module.handle(OfValibot, ({ input }) => {
    expectTypeOf(input).toEqualTypeOf<{ a: string; b: number }>();
    return { kind: "x" };
  });
  module.handle(OfArktype, async ({ input }) => {
    expectTypeOf(input).toEqualTypeOf<{ a: string; b?: number }>();
    return { kind: "y" };
  });
  module.handle(Union, ({ input }) => (input.kind === "a" ? { x: String(input.x) } : null));
  module.handle(Schedule, ({ input }) => ({ n: input.at.getTime() + input.name }));
  module.handle(SaveTwice, (event) => ({ saved: event.key !== "" }));
  module.handle(Count, async function* ({ input }) {
    for (let n = 0; n < input.to; n++) yield { n };
  });
  module.subscribe(Greet, ({ input }) => expectTypeOf(input.name).toEqualTypeOf<string>());
  module.handleInWorker(Save, new URL("./save.worker.ts", import.meta.url));
});

// An event without output takes whatever its handler returns.
defineModule({ name: "no-output" }, (module) => {
  module.handle(Notify, () => {});
  module.handle(Notify, async () => {});
  module.handle(Notify, () => 42);
  module.handle(Ping, async () => ({ any: "thing" }));
});

defineModule({ name: "mistakes" }, (module) => {
  // @ts-expect-error the output has the wrong type
  module.handle(Greet, () => ({ message: 5, kind: "short" }));
  // @ts-expect-error the output is none of the enum
  module.handle(Greet, () => ({ message: "Hello", kind: "medium" }));
  // @ts-expect-error a field of the output is missing
  module.handle(Greet, async () => ({ message: "Hello" }));
  // @ts-expect-error the output is forgotten
  module.handle(Greet, () => {});
  // @ts-expect-error the output is forgotten
  module.handle(Greet, async ({ input }) => {
    void input;
  });
  module.handle(Greet, (_event, { fail }) => {
    // @ts-expect-error this code is not declared
    throw fail("NOPE", {});
  });
  module.handle(Greet, (_event, { fail }) => {
    // @ts-expect-error the data is another one's
    throw fail("TOO_RUDE", { forMs: 1 });
  });
  module.handle(Save, (_event, { fail }) => {
    // @ts-expect-error this event declares none
    throw fail("TOO_RUDE", {});
  });
  module.handle(Save, ({ input }) => {
    // @ts-expect-error there is no such field
    void input.name;
    return { saved: true };
  });
  // @ts-expect-error this is no event
  module.handle({}, () => {});
  // @ts-expect-error this is no event
  module.handle(Date, () => {});
  // @ts-expect-error an item has the wrong type
  module.handle(Count, async function* () {
    yield { n: "one" };
  });
  // @ts-expect-error this is no stream
  module.handle(Count, async () => ({ n: 1 }));
  // @ts-expect-error there is no such policy
  module.handle(Ping, () => {}, { timeout: 5 });
});

// The open form, as people coming from PyModules write it.
export class Greeter extends Module {
  static override readonly metadata = { name: "Greeter", description: "Handles greetings", version: "1.0.0" };
  canHandle(event: AnyEvent) {
    return event instanceof Greet;
  }
  handle(event: AnyEvent) {
    if (event instanceof Greet) {
      event.output = { message: event.input.name, kind: "short" };
      event.handled = true;
    }
  }
  override onLoad() {}
  override onUnload() {}
}
new ModuleHost().register(new Greeter());

class Wrong extends Module {
  canHandle() {
    return "yes";
  }
}
// @ts-expect-error canHandle gives a boolean
new ModuleHost().register(new Wrong());

import * as fc from "fast-check";
import { type AnyEvent, defineEvent, defineModule, Module, SKIP } from "tsmodules";
import { createTestHost } from "tsmodules/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";

const output = z.string();
class First extends defineEvent("test.first", { output }) {}
class Second extends defineEvent("test.second", { output }) {}
const EVENTS = [First, Second];

/** What a module does with an event: nothing, decline, answer; now or later. */
type Will = "absent" | "declines" | "declines later" | "answers" | "answers later";

interface Behaviour {
  readonly form: "closed" | "open";
  readonly wills: readonly [first: Will, second: Will];
}

const wills: fc.Arbitrary<Will> = fc.constantFrom(
  "absent",
  "declines",
  "declines later",
  "answers",
  "answers later",
);
const behaviours: fc.Arbitrary<Behaviour> = fc.record({
  form: fc.constantFrom("closed", "open"),
  wills: fc.tuple(wills, wills),
});

const answers = (will: Will) => will.startsWith("answers");

/** The answer that `will` has for a handler of the closed form. */
function answerOf(name: string, will: Will): unknown {
  const answer = answers(will) ? name : SKIP;
  return will.endsWith("later") ? Promise.resolve(answer) : answer;
}

function moduleOf(name: string, { form, wills }: Behaviour) {
  if (form === "closed") {
    return defineModule({ name }, (module) => {
      for (const [index, event] of EVENTS.entries()) {
        const will = wills[index] as Will;
        if (will !== "absent") module.handle(event, () => answerOf(name, will) as string);
      }
    });
  }
  const willFor = (event: AnyEvent) => wills[event instanceof First ? 0 : 1];
  class Open extends Module {
    override get metadata() {
      return { name };
    }
    canHandle(event: AnyEvent) {
      return willFor(event) !== "absent";
    }
    async handle(event: AnyEvent) {
      const will = willFor(event);
      if (will.endsWith("later")) await Promise.resolve();
      event.handled = answers(will);
      event.output = event.handled ? name : "not to be seen";
    }
  }
  return new Open();
}

describe("routing", () => {
  it("gives an event to the first willing module in the order of registration, whatever came and went before", async () => {
    const steps = fc.oneof(
      fc.record({ step: fc.constant("register" as const), slot: fc.nat(4), behaviour: behaviours }),
      fc.record({ step: fc.constant("unregister" as const), slot: fc.nat(4) }),
      fc.record({ step: fc.constant("dispatch" as const), event: fc.nat(1) }),
    );

    await fc.assert(
      fc.asyncProperty(fc.array(steps, { maxLength: 30 }), async (commands) => {
        const host = createTestHost();
        // The model: what is registered, in order.
        const registered = new Map<string, { behaviour: Behaviour; source: ReturnType<typeof moduleOf> }>();
        for (const command of commands) {
          if (command.step === "dispatch") {
            const Event = EVENTS[command.event] as typeof First;
            const event = await host.handle(new Event());
            const [expected] =
              [...registered].find(([, { behaviour }]) => answers(behaviour.wills[command.event] as Will)) ??
              [];
            expect({ handled: event.handled, output: event.output }).toEqual({
              handled: expected !== undefined,
              output: expected,
            });
            continue;
          }
          const name = `module ${command.slot}`;
          const present = registered.get(name);
          if (command.step === "register" && present === undefined) {
            const source = moduleOf(name, command.behaviour);
            host.register(source);
            registered.set(name, { behaviour: command.behaviour, source });
          } else if (command.step === "unregister" && present !== undefined) {
            expect(await host.unregister(present.source)).toBe(true);
            registered.delete(name);
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});

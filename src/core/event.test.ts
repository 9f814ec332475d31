import { toStandardJsonSchema } from "@valibot/to-json-schema";
import { type } from "arktype";
import { ConfigurationError, DeclaredError, defineEvent, EventValidationError } from "tsmodules";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { z } from "zod";

class Greet extends defineEvent("test.greet", {
  description: "Greets somebody",
  input: z.object({ name: z.string().default("World") }),
  output: z.object({ message: z.string() }),
  errors: { TOO_RUDE: z.object({ word: z.string() }) },
}) {}

describe("an event", () => {
  it("parses its input once and applies defaults", () => {
    let parses = 0;
    const counting = z.object({ name: z.string().default("World") }).transform((input) => {
      parses++;
      return input;
    });
    class Counted extends defineEvent("test.counted", { input: counting }) {}

    expect(new Counted().input).toEqual({ name: "World" });
    expect(parses).toBe(1);
  });

  it("refuses wrong input, naming the event, the field and what was expected", () => {
    const create = () => new Greet({ name: 42 } as never);

    expect(create).toThrow(EventValidationError);
    expect(create).toThrow(
      'input of "test.greet" is invalid: name: Invalid input: expected string, received number',
    );
  });

  it("carries the issues of wrong input with their paths", () => {
    const error = thrownBy(() => new Greet({ name: 42 } as never)) as EventValidationError;

    expect(error).toMatchObject({ code: "EVENT_VALIDATION", eventName: "test.greet" });
    expect(error.issues).toMatchObject([{ path: ["name"] }]);
  });

  it.each([
    { library: "zod", schema: z.object({ count: z.number() }) },
    { library: "valibot", schema: toStandardJsonSchema(v.object({ count: v.number() })) },
    { library: "arktype", schema: type({ count: "number" }) },
  ])("takes schemas of $library", ({ schema }) => {
    class Count extends defineEvent("test.count", { input: schema as z.ZodObject<{ count: z.ZodNumber }> }) {}

    expect(new Count({ count: 1 }).input).toEqual({ count: 1 });
    expect(() => new Count({ count: "1" } as never)).toThrow(/input of "test.count" is invalid: count: /);
  });

  it("without an input schema keeps what it is given", () => {
    class Ping extends defineEvent("test.ping") {}
    const given = { anything: true };

    expect(new Ping(given as never).input).toBe(given);
    expect(new Ping().input).toEqual({});
  });

  it("has an id, made once", () => {
    const event = new Greet();

    expect(event.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/);
    expect(event.id).toBe(event.id);
    expect(new Greet().id).not.toBe(event.id);
  });

  it("takes presets, and keeps its own copy of them", () => {
    const meta = { correlationId: "order-123" };
    const event = new Greet({}, { meta, idempotencyKey: "key" });
    event.meta.correlationId = "changed";

    expect(event.idempotencyKey).toBe("key");
    expect(meta.correlationId).toBe("order-123");
    expect(new Greet().meta).toEqual({});
    expect(new Greet().idempotencyKey).toBeUndefined();
  });

  it("begins unhandled and unanswered", () => {
    expect(new Greet()).toMatchObject({ name: "test.greet", output: undefined, handled: false });
  });

  it("shows nothing of its bookkeeping when it is turned into JSON", () => {
    expect(JSON.parse(JSON.stringify(new Greet({ name: "Ada" })))).toEqual({
      input: { name: "Ada" },
      handled: false,
    });
  });
});

describe("an event class", () => {
  it("carries its frozen contract, which subclasses share", () => {
    class Special extends Greet {}

    expect(Greet.eventName).toBe("test.greet");
    expect(Greet.contract).toMatchObject({
      description: "Greets somebody",
      idempotent: false,
      permissions: [],
    });
    expect(Object.isFrozen(Greet.contract)).toBe(true);
    expect(Special.contract).toBe(Greet.contract);
  });

  it.each([[""], [undefined], [42]])("refuses %j as a name", (name) => {
    expect(() => defineEvent(name as string)).toThrow(ConfigurationError);
  });

  it("takes any non-empty string as a name", () => {
    expect(new (defineEvent("ä b/c"))().name).toBe("ä b/c");
  });

  it("refuses to declare an error under a code of ours", () => {
    expect(() => defineEvent("test.reserved", { errors: { EVENT_TIMEOUT: z.object({}) } })).toThrow(
      'event "test.reserved" may not use the code EVENT_TIMEOUT',
    );
  });

  it("recognises the errors that its own contract declares", () => {
    class Other extends defineEvent("test.other", { errors: { TOO_RUDE: z.object({}) } }) {}
    const own = new DeclaredError(new Greet(), "TOO_RUDE", { word: "x" });
    const foreign = new DeclaredError(new Other(), "TOO_RUDE", {});

    expect(Greet.isError(own, "TOO_RUDE")).toBe(true);
    expect(Greet.isError(foreign, "TOO_RUDE")).toBe(false);
    expect(Greet.isError(new Error("TOO_RUDE"), "TOO_RUDE")).toBe(false);
  });
});

describe("a schema that validates asynchronously", () => {
  const unique = z.object({ email: z.string() }).refine(async ({ email }) => email !== "taken@example.com", {
    message: "is taken",
    path: ["email"],
  });
  class SignUp extends defineEvent("test.sign-up", { input: unique }) {}

  it("is refused by the constructor with the way out", () => {
    expect(() => new SignUp({ email: "a@example.com" })).toThrow(
      'the input schema of "test.sign-up" validates asynchronously: use its class\'s `await parse(input)`',
    );
  });

  it("goes through parse", async () => {
    const event = await SignUp.parse({ email: "a@example.com" }, { idempotencyKey: "key" });

    expect(event).toBeInstanceOf(SignUp);
    expect(event.input).toEqual({ email: "a@example.com" });
    expect(event.idempotencyKey).toBe("key");
    await expect(SignUp.parse({ email: "taken@example.com" })).rejects.toThrow("email: is taken");
  });

  it("leaves events made inside a subclass's constructor their own input", async () => {
    class Wrapping extends SignUp {
      readonly inner = new Greet({ name: "Inner" });
    }

    const event = await Wrapping.parse({ email: "a@example.com" });

    expect(event.input).toEqual({ email: "a@example.com" });
    expect(event.inner.input).toEqual({ name: "Inner" });
  });
});

function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

it("a contract has no option that nobody reads", () => {
  expect(() => defineEvent("user.ban", { permission: ["users:ban"] } as object)).toThrow(
    'event "user.ban": unknown option permission; there are description, input, output, errors, permissions',
  );
});

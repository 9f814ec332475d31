import fc from "fast-check";
import {
  AsyncHandlerError,
  defineEvent,
  defineModule,
  EventTimeoutError,
  IdempotencyKeyInUseError,
  IdempotencyKeyReusedError,
} from "tsmodules";
import { Idempotency, type IdempotencyStore, MemoryIdempotencyStore } from "tsmodules/resilience";
import { createTestHost, FakeClock } from "tsmodules/testing";
import { describe, expect, it, vi } from "vitest";
import { z } from "zod";

class Charge extends defineEvent("test.charge", {
  input: z.object({ amount: z.number(), currency: z.string().default("EUR") }),
  output: z.object({ receipt: z.number() }),
}) {}

class Anything extends defineEvent("test.anything", { input: z.unknown() }) {}

const charge = (amount: number, idempotencyKey?: string) =>
  new Charge({ amount }, idempotencyKey === undefined ? {} : { idempotencyKey });

describe("Idempotency", () => {
  it("runs calls with one key once, and gives each the outcome", async () => {
    const idempotency = new Idempotency({ clock: new FakeClock() });
    let receipts = 0;
    const pay = idempotency.wrap(async (_charge: Charge) => ({ receipt: ++receipts }));

    expect([await pay(charge(1, "a")), await pay(charge(1, "a")), await pay(charge(1, "b"))]).toEqual([
      { receipt: 1 },
      { receipt: 1 },
      { receipt: 2 },
    ]);
  });

  it("lets events without a key pass", async () => {
    const pay = vi.fn(async (_charge: Charge) => "paid");
    const once = new Idempotency({ clock: new FakeClock() }).wrap(pay);
    await once(charge(1));
    await once(charge(1));

    expect(pay).toHaveBeenCalledTimes(2);
  });

  it("refuses a key that comes with another input", async () => {
    const once = new Idempotency({ clock: new FakeClock() }).wrap(async (_charge: Charge) => "paid");
    await once(charge(1, "a"));

    await expect(once(charge(2, "a"))).rejects.toThrow(IdempotencyKeyReusedError);
  });

  it.each([
    { what: "the order of fields", one: { a: 1, b: { c: 2, d: 3 } }, same: { b: { d: 3, c: 2 }, a: 1 } },
    { what: "a Buffer for bytes", one: new Uint8Array([1, 2]), same: Buffer.from([1, 2]) },
    { what: "another Map", one: new Map([["a", 1n]]), same: new Map([["a", 1n]]) },
  ])("takes inputs for the same in spite of $what", async ({ one, same }) => {
    const pay = vi.fn(async (_anything: Anything) => "paid");
    const once = new Idempotency({ clock: new FakeClock() }).wrap(pay);
    for (const input of [one, same]) await once(new Anything(input, { idempotencyKey: "a" }));

    expect(pay).toHaveBeenCalledOnce();
  });

  it.each([
    { what: "bytes", one: new Uint8Array([1, 2]), other: new Uint8Array([1, 3]) },
    { what: "Maps", one: { tags: new Map([["a", 1]]) }, other: { tags: new Map([["a", 2]]) } },
    { what: "Sets", one: new Set(["a"]), other: new Set(["b"]) },
    { what: "dates", one: { at: new Date(0) }, other: { at: new Date(1) } },
    { what: "bigints", one: 2n ** 70n, other: 2n ** 70n + 1n },
  ])("tells inputs with other $what from each other", async ({ one, other }) => {
    const once = new Idempotency({ clock: new FakeClock() }).wrap(async (_anything: Anything) => "paid");
    await once(new Anything(one, { idempotencyKey: "a" }));

    const again = once(new Anything(other, { idempotencyKey: "a" }));
    await expect(again).rejects.toThrow(IdempotencyKeyReusedError);
  });

  it("tells a store of the input by which it knows it again, and no more", async () => {
    const claim = vi.fn((_key: string, _fingerprint: string) => ({ status: "claimed" }) as const);
    const store: IdempotencyStore = { claim, complete: () => {}, release: () => {} };
    const once = new Idempotency({ store }).wrap(async (_anything: Anything) => "paid");
    await once(new Anything({ file: new Uint8Array(1_000_000) }, { idempotencyKey: "a" }));

    expect(claim.mock.calls[0]?.[1]).toMatch(/^[0-9a-f]{64}$/);
  });

  it("keeps the keys of principals apart", async () => {
    const pay = vi.fn(async (_charge: Charge) => "paid");
    const once = new Idempotency({ clock: new FakeClock() }).wrap(pay);
    for (const sub of ["ada", "bob"]) {
      const meta = { principal: { sub, permissions: [] } };
      await once(new Charge({ amount: sub.length }, { idempotencyKey: "a", meta }));
    }

    expect(pay).toHaveBeenCalledTimes(2);
  });

  it("gives concurrent callers the first one's failure, and runs anew afterwards", async () => {
    const { promise, reject } = Promise.withResolvers<string>();
    const pay = vi.fn((_charge: Charge) => promise).mockReturnValueOnce(promise);
    const once = new Idempotency({ clock: new FakeClock() }).wrap(pay);
    const both = [once(charge(1, "a")), once(charge(1, "a"))];
    reject(new Error("down"));
    for (const caller of both) await expect(caller).rejects.toThrow("down");
    expect(pay).toHaveBeenCalledOnce();

    pay.mockResolvedValue("paid");
    await expect(once(charge(1, "a"))).resolves.toBe("paid");
  });

  it("forgets a key after its time", async () => {
    const clock = new FakeClock();
    const pay = vi.fn(async (_charge: Charge) => "paid");
    const once = new Idempotency({ ttlMs: 1_000, clock }).wrap(pay);
    await once(charge(1, "a"));
    await clock.advance(1_000);
    await once(charge(1, "a"));

    expect(pay).toHaveBeenCalledTimes(2);
  });

  it("refuses what another process handles now", async () => {
    const store: IdempotencyStore = {
      claim: async (_key, fingerprint) => ({ status: "running", fingerprint }),
      complete: () => {},
      release: () => {},
    };
    const once = new Idempotency({ store }).wrap(async (_charge: Charge) => "paid");

    await expect(once(charge(1, "a"))).rejects.toThrow(IdempotencyKeyInUseError);
  });

  it("answers in a host without asking the handler again, sync too", async () => {
    const handler = vi.fn(({ input }: Charge) => ({ receipt: input.amount }));
    const payments = defineModule({ name: "payments" }, (module) => module.handle(Charge, handler));
    const host = createTestHost({ idempotency: {} }).register(payments);
    const event = charge(7, "a");

    expect(host.handleSync(event).output).toEqual({ receipt: 7 });
    const again = await host.handle(charge(7, "a"));
    expect([again.output, again.handled]).toEqual([{ receipt: 7 }, true]);
    expect(handler).toHaveBeenCalledOnce();
  });

  it("runs nothing for who gave up while the key was claimed, and gives the key back", async () => {
    const { promise: claimed, resolve } = Promise.withResolvers<void>();
    const release = vi.fn();
    const store: IdempotencyStore = {
      claim: () => claimed.then(() => ({ status: "claimed" })),
      complete: () => {},
      release,
    };
    const handler = vi.fn(() => ({ receipt: 1 }));
    const clock = new FakeClock();
    const host = createTestHost({ idempotency: { store }, clock }).register(
      defineModule({ name: "payments" }, (module) => module.handle(Charge, handler)),
    );
    expect(() => host.handleSync(charge(1, "a"))).toThrow(AsyncHandlerError);
    const late = expect(host.handle(charge(1, "b"), { timeoutMs: 100 })).rejects.toThrow(EventTimeoutError);
    await clock.advance(100);
    await late;
    resolve();
    await vi.waitFor(() => expect(release).toHaveBeenCalledTimes(2));
    expect(handler).not.toHaveBeenCalled();
  });

  it("gives an outcome again as it is: frozen, or nothing that JSON could carry", async () => {
    const schema = z.object({ at: z.date(), tags: z.map(z.string(), z.number()) });
    class Dated extends defineEvent("test.dated", { output: schema }) {}
    const output = Object.freeze({ at: new Date(0), tags: new Map([["a", 1]]) });
    const host = createTestHost({ idempotency: {} }).register(
      defineModule({ name: "dates" }, (module) => module.handle(Dated, () => output)),
    );
    for (let times = 0; times < 2; times++) {
      expect(await host.send(new Dated({}, { idempotencyKey: "a" }))).toBe(output);
    }
  });

  it("does not remember that nobody handled an event", async () => {
    const host = createTestHost({ idempotency: {} });
    expect((await host.handle(charge(1, "a"))).handled).toBe(false);
    host.register(defineModule({ name: "late" }, (module) => module.handle(Charge, () => ({ receipt: 1 }))));

    expect((await host.handle(charge(1, "a"))).handled).toBe(true);
  });

  it("runs each key's handler once, whenever its callers come", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom("a", "b", "c"), fc.boolean()), { maxLength: 20 }),
        async (calls) => {
          const runs = new Map<string, number>();
          const once = new Idempotency({ store: new MemoryIdempotencyStore(new FakeClock()) }).wrap(
            async (event: Charge) => {
              const key = event.idempotencyKey as string;
              runs.set(key, (runs.get(key) ?? 0) + 1);
              await Promise.resolve();
              return `${key} paid`;
            },
          );
          const outcomes: Promise<string>[] = [];
          for (const [key, waits] of calls) {
            outcomes.push(once(charge(1, key)));
            if (waits) await outcomes.at(-1);
          }
          expect(await Promise.all(outcomes)).toEqual(calls.map(([key]) => `${key} paid`));
          for (const count of runs.values()) expect(count).toBe(1);
        },
      ),
    );
  });
});

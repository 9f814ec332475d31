import Fastify from "fastify";
import { ConflictError, defineEvent, defineModule } from "tsmodules";
import { ModuleRouter, registerErrorHandlers } from "tsmodules/api";
import { createTestHost } from "tsmodules/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";

class CreateOrder extends defineEvent("order.create", {
  input: z.object({ item: z.string() }),
  output: z.object({ number: z.number() }),
}) {}

/** An application that numbers its orders, and takes the `x-user` of a request for its principal. */
function ordering() {
  let orders = 0;
  const released = Promise.withResolvers<void>();
  const host = createTestHost({ idempotency: { ttlMs: 60_000 } }).register(
    defineModule({ name: "orders" }, (module) => {
      module.handle(CreateOrder, async ({ input }) => {
        orders++;
        if (input.item === "slow") await released.promise;
        if (input.item === "sold out") throw new ConflictError("it is sold out");
        return { number: orders };
      });
    }),
  );
  const app = Fastify();
  registerErrorHandlers(app);
  app.addHook("onRequest", async (request) => {
    const sub = request.headers["x-user"];
    if (typeof sub === "string") request.principal = { sub, permissions: [] };
  });
  new ModuleRouter(host).registerEvent(CreateOrder).mount(app);
  const order = (item: string, key?: string, user: string | undefined = "ada") =>
    app.inject({
      method: "POST",
      url: "/orders",
      headers: {
        ...(key !== undefined && { "idempotency-key": key }),
        ...(user !== "" && { "x-user": user }),
      },
      body: { item },
    });
  return { order, orders: () => orders, release: released.resolve };
}

describe("Idempotency-Key", () => {
  it("gives a repeated request the first one's answer, which ran once", async () => {
    const { order, orders } = ordering();
    const [first, second] = [await order("book", "k1"), await order("book", "k1")];

    expect(second).toMatchObject({ statusCode: 201, body: first.body });
    expect(orders()).toBe(1);
  });

  it("gives it to a request that comes meanwhile", async () => {
    const { order, orders, release } = ordering();
    const both = Promise.all([order("slow", "k1"), order("slow", "k1")]);
    await new Promise((resolve) => setImmediate(resolve));
    release();

    expect((await both).map(({ body }) => body)).toEqual(['{"number":1}', '{"number":1}']);
    expect(orders()).toBe(1);
  });

  it("may stand in quotes, as its draft has it", async () => {
    const { order, orders } = ordering();
    await order("book", '"k1"');
    await order("book", "k1");

    expect(orders()).toBe(1);
  });

  it("refuses another input with 422", async () => {
    const { order, orders } = ordering();
    await order("book", "k1");

    expect((await order("pen", "k1")).json()).toMatchObject({ status: 422, code: "IDEMPOTENCY_KEY_REUSED" });
    expect(orders()).toBe(1);
  });

  it("lets other keys, and requests without one, run", async () => {
    const { order, orders } = ordering();
    for (const key of ["k1", "k2", undefined, undefined]) await order("book", key);

    expect(orders()).toBe(4);
  });

  it("is each principal's own", async () => {
    const { order } = ordering();

    expect((await order("book", "k1", "ada")).json()).toEqual({ number: 1 });
    expect((await order("book", "k1", "grace")).json()).toEqual({ number: 2 });
  });

  it("is ignored where nobody knows who is asking", async () => {
    const { order, orders } = ordering();
    for (const key of ["k1", "k1", "bad\tkey"]) expect((await order("book", key, "")).statusCode).toBe(201);

    expect(orders()).toBe(3);
  });

  it.each([
    ["is empty", ""],
    ["is empty in its quotes", '""'],
    ["is too long", "k".repeat(256)],
    ["is no ASCII", "schlüssel"],
    ["is not printable", "a\tb"],
  ])("is refused with 400 where it %s", async (_why, key) => {
    const { order, orders } = ordering();

    expect((await order("book", key)).json()).toMatchObject({
      status: 400,
      code: "INVALID_IDEMPOTENCY_KEY",
      detail: "Idempotency-Key must be 1 to 255 printable ASCII characters",
    });
    expect(orders()).toBe(0);
  });

  it("leaves it to a failure to be tried again", async () => {
    const { order, orders } = ordering();
    const answers = [await order("sold out", "k1"), await order("sold out", "k1")];

    expect(answers.map(({ statusCode }) => statusCode)).toEqual([409, 409]);
    expect(orders()).toBe(2);
  });
});

import Fastify from "fastify";
import { defineEvent, defineModule } from "tsmodules";
import { addEventEndpoint, registerErrorHandlers } from "tsmodules/api";
import { Database, sql } from "tsmodules/db";
import { createTestHost } from "tsmodules/testing";
import { expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { onPostgres } from "../../test/databases.ts";
import { NetFault } from "../../test/postgres/net-fault.ts";

class Look extends defineEvent("stock.look", { output: z.object({ books: z.number() }) }) {}
class Order extends defineEvent("order.place", { output: z.object({ books: z.number() }) }) {}

onPostgres("a handler", (database) => {
  it("whose database went away is answered with 503, through other handlers, too", async () => {
    const network = await NetFault.before(await database.makeUrl());
    const db = new Database({ url: network.url });
    onTestFinished(() => db.disconnect());
    await db.connect();
    const stock = defineModule({ name: "stock" }, (module) => {
      module.handle(Look, async () => {
        const [row] = await db.query<{ books: number }>(sql`select 3 as books`);
        return { books: Number(row?.books) };
      });
    });
    const orders = defineModule({ name: "orders" }, (module) => {
      module.handle(Order, (_, { host }) => host.send(new Look()));
    });
    const host = createTestHost().register(stock).register(orders);
    const app = Fastify();
    registerErrorHandlers(app);
    addEventEndpoint(app, host, "/order", Order, { method: "GET" });
    addEventEndpoint(app, host, "/look", Look, { method: "GET" });
    app.get("/by-hand", () => db.query(sql`select 1`));
    expect((await app.inject("/order")).json()).toEqual({ books: 3 });

    await network.close();

    for (const url of ["/order", "/look", "/by-hand"]) {
      const { statusCode, body } = await app.inject(url);
      expect(statusCode).toBe(503);
      expect(JSON.parse(body)).toEqual({
        type: "about:blank",
        title: "Service Unavailable",
        status: 503,
        detail: "something that this needs is out of reach",
        code: "SERVICE_UNAVAILABLE",
      });
    }
  });
});

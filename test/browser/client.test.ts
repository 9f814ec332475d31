import { once } from "node:events";
import { join } from "node:path";
import Fastify from "fastify";
import { rolldown } from "rolldown";
import { defineModule } from "tsmodules";
import { ModuleRouter, registerErrorHandlers } from "tsmodules/api";
import { createTestHost } from "tsmodules/testing";
import { expect, it, onTestFinished } from "vitest";
import { launchChromium } from "./chromium.ts";
import { Count, Greet, Wait } from "./client-events.ts";

it("a page calls the server that it comes from", { timeout: 60_000 }, async ({ skip }) => {
  const browser = await launchChromium(skip);
  onTestFinished(() => browser.close());
  const { url, left, aborted, tokens } = await serve();
  const page = await browser.newPage();
  const errors: unknown[] = [];
  page.on("pageerror", (error) => errors.push(error));
  await page.goto(url);
  const results = await page.evaluate("run()");

  expect(errors).toEqual([]);
  expect(results).toEqual({
    send: { message: "Hello, Ada!", isDate: true },
    declared: `Oaf ${2n ** 70n + 1n}`,
    stream: [0, 1, 2],
    abort: "changed my mind",
    redirect: [0, '"browser.wait" was answered with 0: a redirect'],
    refused: true,
  });
  // What the page did not want any more has ended at the server, too.
  await left;
  await aborted;
  expect(new Set(tokens)).toEqual(new Set(["Bearer abc"]));
});

async function serve() {
  const { promise: left, resolve: leave } = Promise.withResolvers<void>();
  const { promise: aborted, resolve: abort } = Promise.withResolvers<void>();
  const { promise: waiting, resolve: wait } = Promise.withResolvers<void>();
  const host = createTestHost().register(
    defineModule({ name: "browser" }, (module) => {
      module.handle(Greet, ({ input: { name, at } }, { fail }) => {
        if (name === "Oaf") throw fail("TOO_RUDE", { word: name, count: 2n ** 70n });
        return { message: `Hello, ${name}!`, at };
      });
      module.handle(Count, async function* ({ input: { to } }) {
        try {
          for (let n = 0; n < to; n++) yield { n };
        } finally {
          if (to > 3) leave();
        }
      });
      module.handle(Wait, async (_event, { signal }) => {
        wait();
        await once(signal, "abort");
        abort();
        return "too late";
      });
    }),
  );
  const script = await bundlePage();
  const tokens: unknown[] = [];
  const app = Fastify();
  registerErrorHandlers(app);
  new ModuleRouter(host)
    .registerEvent(Greet)
    .registerEvent(Count)
    .registerEvent(Wait)
    .mount(app, { prefix: "/api", rpc: true });
  app.addHook("onRequest", async ({ url, headers }) => {
    if (url.startsWith("/api/")) tokens.push(headers.authorization);
  });
  app.get("/", (_request, reply) => reply.type("text/html").send('<script src="/page.js"></script>'));
  app.get("/page.js", (_request, reply) => reply.type("text/javascript").send(script));
  app.get("/waiting", async () => waiting);
  app.post("/elsewhere/*", (_request, reply) => reply.redirect("http://localhost:9/", 307));
  const url = await app.listen({ port: 0, host: "127.0.0.1" });
  onTestFinished(() => app.close());
  return { url, left, aborted, tokens };
}

async function bundlePage(): Promise<string> {
  const build = await rolldown({
    input: join(import.meta.dirname, "client-page.ts"),
    platform: "browser",
    resolve: { conditionNames: ["@tsmodules/source", "browser", "import", "default"] },
  });
  const { output } = await build.generate({ format: "iife", codeSplitting: false });
  await build.close();
  return output[0].code;
}

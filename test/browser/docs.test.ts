import helmet from "@fastify/helmet";
import Fastify, { type FastifyInstance } from "fastify";
import type { Browser, Page } from "playwright-core";
import { addDocs, ModuleRouter, registerErrorHandlers } from "tsmodules/api";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { createApp, createHost } from "../../examples/quickstart/app.ts";
import { Divide } from "../../examples/quickstart/calculator.ts";
import { Greet } from "../../examples/quickstart/greeter.ts";
import { launchChromium, recordedPage } from "./chromium.ts";

/** The quickstart's routes behind a prefix and helmet's default content security policy. */
function createGuardedApp(): FastifyInstance {
  const app = Fastify({ forceCloseConnections: "idle" });
  registerErrorHandlers(app);
  app.register(helmet);
  app.register(
    async (scope) => {
      addDocs(scope, { title: "Guarded", version: "1.0.0" });
      new ModuleRouter(createHost()).registerEvent(Greet).registerEvent(Divide).mount(scope);
    },
    { prefix: "/shop" },
  );
  return app;
}

/** Opens an operation, presses Execute with what is filled in already, and gives the status that is shown. */
async function tryOut(page: Page, path: string): Promise<string | undefined> {
  const operation = page.locator(".opblock", { hasText: path });
  await operation.locator(".opblock-summary-control").click();
  await operation.getByRole("button", { name: "Execute" }).click();
  const status = operation.locator(".live-responses-table .response .response-col_status").first();
  return (await status.textContent())?.trim();
}

describe.each([
  ["the quickstart", () => createApp(createHost()), ""],
  ["an application behind helmet and a prefix", createGuardedApp, "/shop"],
])("the docs page of %s", (_what, create, prefix) => {
  let browser: Browser | undefined;
  let app: FastifyInstance | undefined;

  afterEach(() => app?.close());
  afterAll(() => browser?.close());

  it("shows and tries every operation, and asks nobody else for anything", { timeout: 120_000 }, async ({
    skip,
  }) => {
    browser ??= await launchChromium(skip);
    app = create();
    const origin = await app.listen({ port: 0, host: "127.0.0.1" });
    const { complaints, page, requests } = await recordedPage(browser);
    await page.goto(`${origin}${prefix}/docs`);
    await page.locator(".opblock").first().waitFor();

    expect(await page.locator(".opblock .opblock-summary-path").allTextContents()).toEqual([
      `${prefix}/greetings`,
      `${prefix}/divide/{dividend}`,
    ]);
    expect(await tryOut(page, `${prefix}/greetings`)).toBe("201");
    expect(await tryOut(page, `${prefix}/divide/{dividend}`)).toBe("200");
    expect(requests.filter((url) => !url.startsWith(origin) && !url.startsWith("data:"))).toEqual([]);
    expect(complaints).toEqual([]);
  });
});

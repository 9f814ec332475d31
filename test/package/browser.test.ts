import { join } from "node:path";
import { createContext, runInContext } from "node:vm";
import { rolldown } from "rolldown";
import { expect, it } from "vitest";

/** What browsers have and a bare JavaScript context has not, as far as contracts may use it. */
const browserGlobals = { crypto, URL, AbortController, AbortSignal, setTimeout, clearTimeout };

it("a contract runs in a browser", async () => {
  const { code, warnings } = await bundleForBrowser("browser-contract.ts");
  expect(warnings).toEqual([]);
  expect(code).not.toMatch(/["']node:/);

  const context = createContext({ ...browserGlobals });
  runInContext(code, context);
  expect(runInContext("typeof process", context)).toBe("undefined");
  expect(context.greet).toEqual({
    id: expect.stringMatching(/./),
    name: "browser.greet",
    input: { name: "World" },
  });
});

/**
 * Some bundlers refuse what this one warns of: an import that nobody can follow in a browser, a package that is not
 * installed there, even where the code with that import is not used in the end.
 */
async function bundleForBrowser(file: string): Promise<{ code: string; warnings: string[] }> {
  const warnings: string[] = [];
  const build = await rolldown({
    input: join(import.meta.dirname, file),
    platform: "browser",
    resolve: { conditionNames: ["@tsmodules/source", "browser", "import", "default"] },
    onLog: (_, { message }) => warnings.push(message.split("\n")[0] ?? ""),
  });
  const { output } = await build.generate({ format: "iife" });
  await build.close();
  return { code: output[0].code, warnings };
}

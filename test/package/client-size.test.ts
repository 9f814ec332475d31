import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";
import { rolldown } from "rolldown";
import { expect, it } from "vitest";

/** What a page may pay for its client, in bytes, minified and compressed by brotli as for any page. */
const budget = { added: 5_000, alone: 6_000 };

const src = join(import.meta.dirname, "../../src");
const client = 'export { createClient } from "./client/index.ts";';
const ping = `
  import { defineEvent } from "./index.ts";
  export class Ping extends defineEvent("ping", { input: object({ text: string(), at: date() }) }) {}
`;

it.each(["zod", "zod/mini", "valibot"])(
  "the client adds less than 5 kB to a page with events of %s",
  async (library) => {
    const events = `import { date, object, string } from "${library}"; ${ping}`;

    expect((await sizeOf(events + client)) - (await sizeOf(events))).toBeLessThan(budget.added);
  },
);

it("the client alone is less than 6 kB, with what events and errors are made of", async () => {
  expect(await sizeOf(client)).toBeLessThan(budget.alone);
});

it("the client brings no server and nothing of Node", async () => {
  const { code, modules } = await bundled(client);

  expect(code).not.toMatch(/["'`]node:/);
  expect(modules.filter((path) => !/^(client|core|tracing)\//.test(path))).toEqual([]);
});

async function sizeOf(program: string): Promise<number> {
  return brotliCompressSync((await bundled(program)).code).length;
}

/** A program in `src` as a page loads it: without what is loaded later, and only by those who want it. */
async function bundled(program: string): Promise<{ code: string; modules: string[] }> {
  const entry = join(src, "program.ts");
  const build = await rolldown({
    input: entry,
    platform: "browser",
    external: (id) => id.endsWith("/retry-policy.ts"),
    plugins: [
      {
        name: "program",
        resolveId: (id) => (id === entry ? id : null),
        load: (id) => (id === entry ? { code: program, moduleType: "ts" } : null),
      },
    ],
  });
  const { output } = await build.generate({ format: "esm", minify: true });
  await build.close();
  const [{ code, moduleIds }] = output;
  return { code, modules: moduleIds.filter((id) => id !== entry).map((id) => id.slice(src.length + 1)) };
}

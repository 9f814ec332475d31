import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";
import { expect, it } from "vitest";

const src = join(import.meta.dirname, "../../src");
const events = 'import { defineEvent } from "./index.ts"; export class Ping extends defineEvent("ping") {}';
const client = 'export { createClient } from "./client/index.ts";';

it("the client adds less than 5 kB to a page that has events", async () => {
  const [withBoth, withEvents, alone] = await Promise.all([`${events}${client}`, events, client].map(sizeOf));
  const added = withBoth - withEvents;
  console.log({ added, alone });
  expect(added).toBeLessThan(5_120);
});

it("the client needs nothing of Node and no server", async () => {
  const { code, modules } = await bundled(client);

  expect(code).not.toMatch(/["'`]node:/);
  expect(modules.filter((path) => !/^(client|core|tracing)\//.test(path))).toEqual([]);
});

/** Minified and compressed, in bytes. */
async function sizeOf(program: string): Promise<number> {
  return gzipSync((await bundled(program)).code, { level: 9 }).length;
}

/** A program in `src`, as a page loads it: what is imported later, and only by those who want it, is not part of it. */
async function bundled(program: string): Promise<{ code: string; modules: string[] }> {
  const entry = join(src, "program.ts");
  const build = await rolldown({
    input: entry,
    platform: "browser",
    external: (id) => id.endsWith("/retry-policy.ts"),
    plugins: [
      {
        name: "program",
        load: (id) => (id === entry ? program : null),
        resolveId: (id) => (id === entry ? id : null),
      },
    ],
  });
  const { output } = await build.generate({ format: "esm", minify: true });
  await build.close();
  const [{ code, moduleIds }] = output;
  return { code, modules: moduleIds.filter((id) => id !== entry).map((id) => id.slice(src.length + 1)) };
}

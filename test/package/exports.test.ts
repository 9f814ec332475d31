import { expect, it } from "vitest";
import { readManifest, subpaths } from "../../scripts/bundle.ts";

/** The public API: `npx vitest run test/package/exports -u` writes it anew. */
it.each(subpaths())("$name exports what its list says", async ({ name }) => {
  const exports = Object.keys(await import(name.replace(".", readManifest().name)));
  await expect(`${exports.sort().join("\n")}\n`).toMatchFileSnapshot(`exports/${snapshotName(name)}.txt`);
});

function snapshotName(subpath: string): string {
  return subpath === "." ? "index" : subpath.slice(2);
}

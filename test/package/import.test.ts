import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { bundle } from "../../scripts/bundle.ts";

/** What importing `tsmodules` may cost a program at its start, ms. */
const budget = 15;

const folder = mkdtempSync(join(tmpdir(), "tsmodules-bundle-"));
const entry = pathToFileURL(join(folder, "index.js")).href;

beforeAll(() => bundle(folder));
afterAll(() => rmSync(folder, { recursive: true }));

it("importing tsmodules takes a few milliseconds", () => {
  const times = Array.from({ length: 5 }, () => probe("time").milliseconds);
  expect(Math.min(...times)).toBeLessThan(budget);
});

it("importing tsmodules loads nothing but its own files, and nothing of Node that was not there", () => {
  const { loads } = probe("loads");
  expect(loads).toContain(entry);
  expect(loads.filter((load) => !load.startsWith(pathToFileURL(folder).href))).toEqual([]);
});

function probe(measure: "time" | "loads"): { milliseconds: number; loads: string[] } {
  const script = join(import.meta.dirname, "import-probe.ts");
  return JSON.parse(execFileSync(process.execPath, [script, entry, measure], { encoding: "utf8" }));
}

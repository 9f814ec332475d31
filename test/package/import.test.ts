import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { bundle } from "../../scripts/bundle.ts";

/**
 * What importing `tsmodules` may cost a program at its start, as a share of what importing zod costs it, which stands for
 * the speed of the machine: 15 of 41 ms where both were measured first.
 */
const budget = 15 / 41;

const folder = mkdtempSync(join(tmpdir(), "tsmodules-bundle-"));
const entry = pathToFileURL(join(folder, "index.js")).href;

beforeAll(() => bundle(folder));
afterAll(() => rmSync(folder, { recursive: true }));

it("importing tsmodules takes a few milliseconds", () => {
  const rounds = Array.from({ length: 5 }, () => ({
    ours: probe("time").milliseconds,
    yardstick: probe("time", import.meta.resolve("zod")).milliseconds,
  }));
  const fastest = (side: "ours" | "yardstick") => Math.min(...rounds.map((round) => round[side]));
  expect(fastest("ours") / fastest("yardstick")).toBeLessThan(budget);
});

it("importing tsmodules loads nothing but its own files, and nothing of Node that was not there", () => {
  const { loads } = probe("loads");
  expect(loads).toContain(entry);
  expect(loads.filter((load) => !load.startsWith(pathToFileURL(folder).href))).toEqual([]);
});

it("importing tsmodules/db loads no driver: who uses one database does without the other's", () => {
  const { loads } = probe("loads", new URL("../../src/db/index.ts", import.meta.url).href);
  expect(loads.filter((load) => load.includes("/src/db/"))).not.toEqual([]);
  expect(loads.filter((load) => /(?:^node:|NativeModule )sqlite$|\/node_modules\/pg\//.test(load))).toEqual(
    [],
  );
});

function probe(measure: "time" | "loads", url = entry): { milliseconds: number; loads: string[] } {
  const script = join(import.meta.dirname, "import-probe.ts");
  return JSON.parse(execFileSync(process.execPath, [script, url, measure], { encoding: "utf8" }));
}

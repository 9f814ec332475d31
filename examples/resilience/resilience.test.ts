import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const main = fileURLToPath(new URL("main.ts", import.meta.url));

/** A row's numbers: fresh, stale, failed, slowest, calls. */
function rowsOf(printed: string): Record<string, number[]> {
  const rows = printed.split("\n").filter((line) => line.startsWith("│") && !line.includes("(index)"));
  return Object.fromEntries(
    rows.map((row) => {
      const [name = "", ...cells] = row
        .split("│")
        .map((cell) => cell.trim())
        .filter(Boolean);
      return [name, cells.map(Number)];
    }),
  );
}

it("each policy makes it better, as the table shows", { timeout: 30_000 }, () => {
  const printed = execFileSync("node", ["--conditions=@tsmodules/source", main], { encoding: "utf8" });
  const rows = rowsOf(printed);
  const [none, timeout, retry, breaker, fallback] = Object.values(rows) as [
    number[],
    number[],
    number[],
    number[],
    number[],
  ];

  expect(Object.keys(rows)).toHaveLength(5);
  expect(timeout[3]).toBeLessThan(none[3] as number); // Nobody waits for what hangs.
  expect(retry[0]).toBeGreaterThan(timeout[0] as number); // More requests are answered.
  expect(breaker[4]).toBeLessThan(retry[4] as number); // The exchange is left alone while it is down.
  expect(fallback[2]).toBe(0); // Everybody gets an answer.
});

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const main = fileURLToPath(new URL("main.ts", import.meta.url));

/** The lines of the comment at its top that follow the one by which it is run. */
function promised(): string[] {
  const [, lines = ""] =
    readFileSync(main, "utf8").match(/ {4}node examples\/database\/main\.ts\n \*\n(.*?) \*\//s) ?? [];
  return lines
    .trimEnd()
    .split("\n")
    .map((line) => line.replace(/^ \* {5}/, ""));
}

it("prints what its comment says", { timeout: 30_000 }, () => {
  const printed = execFileSync("node", ["--conditions=@tsmodules/source", main], { encoding: "utf8" });
  expect(printed.trimEnd().split("\n")).toEqual(promised());
  expect(printed).toContain("Nothing of it was kept: 6 users, 1 team");
});

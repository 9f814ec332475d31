import { execSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const main = fileURLToPath(new URL("main.ts", import.meta.url));

/** By its comment: the command that runs it, and the lines that follow. */
function promised(): { command: string; lines: string[] } {
  const [, command = "", lines = ""] =
    readFileSync(main, "utf8").match(/ {4}(npm .*?)\n \*\n(.*?) \*\//s) ?? [];
  return {
    command,
    lines: lines
      .trimEnd()
      .split("\n")
      .map((line) => line.replace(/^ \* {5}/, "")),
  };
}

it("prints what its comment says by the command that it says", { timeout: 30_000 }, () => {
  const { command, lines } = promised();
  const printed = execSync(command, {
    encoding: "utf8",
    env: { ...process.env, npm_config_loglevel: "silent" },
  });
  expect(printed.trimEnd().split("\n")).toEqual(lines);
  expect(printed).toContain("Nothing of it was kept: 6 users, 1 team");
});

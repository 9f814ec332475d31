import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { expect, it } from "vitest";

const folders = readdirSync(import.meta.dirname, { withFileTypes: true }).filter((entry) =>
  entry.isDirectory(),
);

it.each([
  { args: [], status: 0, output: "stdout" as const },
  { args: ["examples/database"], status: 1, output: "stderr" as const },
])("npm run example $args says which examples there are, and what each shows", ({ args, status, output }) => {
  const ended = spawnSync("npm", ["run", "--silent", "example", ...args], { encoding: "utf8" });
  expect(ended.status).toBe(status);
  for (const { name } of folders) {
    expect(ended[output]).toMatch(new RegExp(`^npm run example examples/${name}/main.ts\n  \\w+`, "m"));
  }
});

import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { readManifest } from "../scripts/bundle.ts";
import { checkPages } from "./docs/check-pages.ts";
import { codeBlocks } from "./docs/markdown.ts";

const paths = [
  "README.md",
  ...globSync("docs/**/*.md").filter((path) => !path.startsWith(join("docs", "decisions"))),
];
let problems: Record<string, string[]>;

beforeAll(async () => {
  const pages = Object.fromEntries(paths.map((path) => [path, readFileSync(path, "utf8")]));
  problems = await checkPages(pages, join(import.meta.dirname, ".docs"));
}, 120_000);

it.each(paths)("the code of %s compiles, runs and prints what it says", (path) => {
  expect(problems[path]).toEqual([]);
});

it("what the code of the pages imports compiles", () => {
  expect(problems[""]).toEqual([]);
});

it("what is shown is understood by the oldest Node that is promised: `using` is a syntax error before 24", () => {
  const blocks = paths.flatMap((path) =>
    codeBlocks(readFileSync(path, "utf8")).map(({ line, code }) => ({ path, first: line, code })),
  );
  const programs = globSync(["examples/**/*.ts", "src/**/*.ts"], { exclude: ["**/*.test.ts"] }).map(
    (path) => ({ path, first: 1, code: readFileSync(path, "utf8").split("\n") }),
  );
  const found = [...blocks, ...programs].flatMap(({ path, first, code }) =>
    code.flatMap((text, index) =>
      /\busing\s+\w+\s*=/.test(text) ? `${path}:${first + index}: ${text}` : [],
    ),
  );
  expect(programs.length).toBeGreaterThan(0);
  expect(found).toEqual([]);
});

it("what the pages say to install of MikroORM has the version that is tested", () => {
  const { devDependencies } = readManifest();
  const lines = paths.flatMap((path) => readFileSync(path, "utf8").match(/^\|.*|.*npm install.*/gm) ?? []);
  const named = lines.flatMap((line) => line.match(/@mikro-orm\/[a-z]+(@[\d.]*\d)?/g) ?? []);
  const tested = Object.keys(devDependencies)
    .filter((name) => name.startsWith("@mikro-orm/"))
    .map((name) => `${name}@${devDependencies[name]}`);

  expect([...new Set(named)].sort()).toEqual(tested.sort());
});

it("the README's test command is the first thing that CI runs", () => {
  const [, inReadme] =
    readFileSync("README.md", "utf8").match(/<!-- test command -->\s*```sh\n(.*?)```/s) ?? [];
  const [, inCi] = readFileSync(".ci/run", "utf8").match(/^step (.*)$/m) ?? [];
  expect(inReadme?.trim().split("\n")).toContain(inCi);
});

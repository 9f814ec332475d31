import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { checkPages } from "./check-pages.ts";

const fence = "```";

/** Pages by name: what they hold, and what is wrong with them. */
const cases: Record<string, { page: string; problems: unknown[] }> = {
  "output as expected": {
    page: `
# Title

${fence}ts
import { join } from "node:path";
const name: string = join("a", "b"); // nothing printed
console.log(name); // → a/b
console.log("two\\nlines");
// → two
// → li…
${fence}

${fence}ts
import { basename, join, type ParsedPath } from "node:path";
console.info("this is no output of the page");
const parsed: ParsedPath | undefined = undefined;
console.log(basename(join(name, "c")), parsed); // → c undefined
${fence}
`,
    problems: [],
  },
  "a line that differs": {
    page: `
${fence}ts
console.log("one"); // → one
console.log("two"); // → 2
${fence}
`,
    problems: ['a-line-that-differs.md:4 expects "2", but "two" is printed'],
  },
  "a line too few": {
    page: `
${fence}ts
console.log("one"); // → one
// → two
${fence}
`,
    problems: ['a-line-too-few.md:4 expects "two", but nothing more is printed'],
  },
  "a line too many": {
    page: `
${fence}ts
console.log("one"); // → one
console.log("two");
${fence}
`,
    problems: ['a-line-too-many.md prints "two", after what line 3 expects'],
  },
  "output that nothing expects": {
    page: `
${fence}ts
console.log("one");
${fence}
`,
    problems: ['output-that-nothing-expects.md prints "one", which nothing expects'],
  },
  "a type error": {
    page: `
${fence}ts
const one = 1;
${fence}
  - in a list

    ${fence}ts
    const two: string = one;
    ${fence}
`,
    problems: ["a-type-error.md:8:11: error TS2322: Type 'number' is not assignable to type 'string'."],
  },
  "a name in two blocks": {
    page: `
${fence}ts
type A = 1;
${fence}
${fence}ts
type A = 2;
${fence}
`,
    problems: [
      "a-name-in-two-blocks.md:3:6: error TS2300: Duplicate identifier 'A'.",
      "a-name-in-two-blocks.md:6:6: error TS2300: Duplicate identifier 'A'.",
    ],
  },
  "a name imported from two places": {
    page: `
${fence}ts
import type { Stats as S } from "node:fs";
${fence}
${fence}ts
import type { Dirent as S } from "node:fs";
${fence}
`,
    problems: [
      "a-name-imported-from-two-places.md:3:24: error TS2300: Duplicate identifier 'S'.",
      "a-name-imported-from-two-places.md:6:25: error TS2300: Duplicate identifier 'S'.",
    ],
  },
  "a program that throws": {
    page: `
${fence}ts
console.log("before"); // → before
throw new Error("on purpose");
${fence}
`,
    problems: [
      "a-program-that-throws.md ends with 1",
      expect.stringMatching(/Error: on purpose\n +at a-program-that-throws\.md:4:7/),
    ],
  },
  "a program that stays open": {
    page: `
${fence}ts
setInterval(() => {}, 1_000);
${fence}
`,
    problems: ["a-program-that-stays-open.md still runs after 3000 ms: something stays open"],
  },
  "a block that does not parse": {
    page: `
${fence}ts
const one = ;
${fence}
`,
    problems: ["a-block-that-does-not-parse.md:3 does not parse: Unexpected token"],
  },
  "files beside the program": {
    page: `
${fence}ts
// file: greetings/hello.ts
import { mark } from "../mark.ts";
export const hello = (name: string) => \`Hello, \${name}\${mark}\`;
${fence}
${fence}ts
// file: mark.ts
export const mark = "!";
${fence}
${fence}ts
const folder = new URL("./greetings/", import.meta.url);
const { hello } = await import(new URL("hello.ts", folder).href);
console.log(hello("Ada")); // → Hello, Ada!
${fence}
`,
    problems: [],
  },
  "a file that nobody imports": {
    page: `
${fence}ts
// file: mark.ts
export const mark = "!";
${fence}
${fence}ts
// file: main.ts
import { mark } from "./mark.ts";
console.log("Hello" + mark); // → Hello?
${fence}
`,
    problems: ['a-file-that-nobody-imports.md:9 expects "Hello?", but "Hello!" is printed'],
  },
  "output expected of an imported file": {
    page: `
${fence}ts
// file: mark.ts
export const mark = "!"; // → !
${fence}
${fence}ts
import { mark } from "./mark.ts";
void mark;
${fence}
`,
    problems: [
      "output-expected-of-an-imported-file.md:4 expects output in mark.ts, which does not run but is imported",
    ],
  },
  "blocks left alone": {
    page: `
${fence}ts {ignore="shows what not to do"}
const one: string = 1;
${fence}
${fence}ts {ignore=""}
const two: string = 2;
${fence}
${fence}typescript
const three: string = 3;
${fence}
${fence}sh
exit 1
${fence}
${fence}ts
console.log("the last block, not closed");
`,
    problems: [
      'blocks-left-alone.md:6 is fenced with {ignore=""}; only {ignore="a reason"} is known',
      "blocks-left-alone.md:9 is fenced as typescript, so that nobody runs it; fence it as ts",
      'blocks-left-alone.md prints "the last block, not closed", which nothing expects',
    ],
  },
  "the package by its name": {
    page: `
${fence}ts
import { defineEvent } from "tsmodules";
import { z } from "zod";

class Greet extends defineEvent("docs.greet", { input: z.object({ name: z.string() }) }) {}
console.log(new Greet({ name: "Ada" }).input); // → { name: 'Ada' }
${fence}
`,
    problems: [],
  },
};

describe("a page with", () => {
  let found: Record<string, string[]>;

  beforeAll(async () => {
    const pages = Object.entries(cases).map(([name, { page }]) => [pathOf(name), page]);
    found = await checkPages(Object.fromEntries(pages), join(import.meta.dirname, "../.docs-cases"), 3_000);
  }, 60_000);

  it.each(Object.entries(cases))("%s", (name, { problems }) => {
    expect(found[pathOf(name)]).toEqual(problems);
  });
});

function pathOf(name: string): string {
  return `${name.replaceAll(" ", "-")}.md`;
}

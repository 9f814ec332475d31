/**
 * Runs an example from the sources, or says which there are.
 *
 *     npm run example examples/database/main.ts
 */
import { globSync, readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [node = "", , path, ...rest] = process.argv;
if (path === undefined) {
  console.log(examples());
} else if (statSync(path, { throwIfNoEntry: false })?.isFile()) {
  const file = resolve(path);
  process.argv = [node, file, ...rest];
  await import(pathToFileURL(file).href);
} else {
  console.error(`There is no file ${path}. The examples are:\n\n${examples()}`);
  process.exitCode = 1;
}

/** The command of each example, and what the comment at its beginning says. */
function examples(): string {
  const shown = globSync("examples/*/main.ts").map((example) => {
    const [, about = ""] = readFileSync(example, "utf8").match(/^\/\*\*\n \* (.*?)\n \*\n/s) ?? [];
    return `npm run example ${example}\n  ${about.replaceAll("\n * ", "\n  ")}`;
  });
  return shown.sort().join("\n\n");
}

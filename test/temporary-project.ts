import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const packages = [
  ["tsmodules", root],
  ["@mikro-orm", join(root, "node_modules/@mikro-orm")],
] as const;

/** A folder of an application that uses this package, gone when the test has finished. */
export interface TemporaryProject {
  readonly path: string;
  /** Writes a file and gives its path. */
  write(file: string, text: string): string;
}

export function makeProject(): TemporaryProject {
  const path = realpathSync(mkdtempSync(join(tmpdir(), "tsmodules-project-")));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  mkdirSync(join(path, "node_modules"));
  for (const [name, target] of packages) symlinkSync(target, join(path, "node_modules", name));
  const write = (file: string, text: string) => {
    const at = join(path, file);
    mkdirSync(dirname(at), { recursive: true });
    writeFileSync(at, text);
    return at;
  };
  write("package.json", '{ "type": "module" }');
  return { path, write };
}

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";

const root = join(import.meta.dirname, "../..");

it("models can be exported with declarations, in which a row is a plain object", () => {
  const outDir = mkdtempSync(join(tmpdir(), "tsmodules-declarations-"));
  onTestFinished(() => rmSync(outDir, { recursive: true, force: true }));
  const project = join(outDir, "tsconfig.json");
  const compilerOptions = {
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    rootDir: root,
    outDir,
    typeRoots: [join(root, "node_modules/@types")],
  };
  const files = [join(import.meta.dirname, "exported-models.ts")];
  writeFileSync(
    project,
    JSON.stringify({ extends: join(root, "tsconfig.json"), compilerOptions, include: [], files }),
  );
  const { stdout } = spawnSync(join(root, "node_modules/.bin/tsc"), ["--project", project], {
    encoding: "utf8",
  });
  expect(stdout).toBe("");
  const declarations = readFileSync(join(outDir, "test/types/exported-models.d.ts"), "utf8");
  // Each type has a name that the package exports.
  expect(declarations).not.toContain("src/");
  expect(declarations.replaceAll(/\s+/g, " ")).toContain(
    "Promise<{ admin: boolean; createdAt: Date; height: number | null; id: string; isDeleted: boolean; " +
      "updatedAt: Date; version: number; }[]>",
  );
});

/** The rules of how files of `src` may import each other. Each gives every violation it finds. */
import { isBuiltin } from "node:module";
import { posix } from "node:path";
import type { Import, SourceFile } from "./source-file.ts";

export interface Rules {
  /** Which folder may import which others. A folder that is not here may not exist. */
  mayImport: Record<string, readonly string[]>;
  /** Folders that import no package, and no `node:` module but its types. */
  selfContained: readonly string[];
  /** The files of those folders that load an optional peer when it is first needed. */
  lazyPeers: Record<string, string>;
  /** The files that import what the application names. */
  loadsApplication: readonly string[];
  /** Files that may consist of re-exports. */
  barrels: readonly string[];
  /** A file that must load where there are no `node:` modules. */
  portable: string;
  /** This package, which its own files import by path. */
  packageName: string;
}

/** `file:line message` for each. */
export function violations(files: SourceFile[], rules: Rules): string[] {
  const sources = files.filter(({ path }) => !isTest(path));
  return [
    ...unplannedFolders(sources, rules),
    ...foreignFolders(sources, rules),
    ...foreignPackages(sources, rules),
    ...computedImports(sources, rules),
    ...nodeImports(sources, rules),
    ...barrels(sources, rules),
    ...cycles(sources),
  ];
}

/** Tests import what they need. */
function isTest(path: string): boolean {
  return /\.test(-d)?\.ts$/.test(path);
}

function unplannedFolders(files: SourceFile[], { mayImport }: Rules): string[] {
  const unplanned = new Set(files.map(({ path }) => folderOf(path)).filter((folder) => !mayImport[folder]));
  return [...unplanned].map((folder) => `src/${folder} is not in the table of who may import whom`);
}

function foreignFolders(files: SourceFile[], { mayImport }: Rules): string[] {
  return eachImport(files, (file, { specifier }) => {
    if (!isRelative(specifier)) return undefined;
    const [from, to] = [folderOf(file.path), folderOf(resolve(file, specifier))];
    if (from === to) return undefined;
    const allowed = mayImport[from] ?? [];
    return allowed.includes(to)
      ? undefined
      : `${from} imports ${to} (${specifier}); it may import ${list(allowed)}`;
  });
}

function foreignPackages(files: SourceFile[], { selfContained, lazyPeers, packageName }: Rules): string[] {
  return eachImport(files, (file, { specifier, kind }) => {
    if (isRelative(specifier)) return undefined;
    if (specifier === packageName || specifier.startsWith(`${packageName}/`)) {
      return `imports its own package by name (${specifier})`;
    }
    if (!selfContained.includes(folderOf(file.path))) return undefined;
    if (isBuiltin(specifier) && kind === "type") return undefined;
    if (lazyPeers[file.path] === specifier && kind !== "static") return undefined;
    return `${folderOf(file.path)} imports ${specifier}; it may import no package`;
  });
}

function computedImports(files: SourceFile[], { loadsApplication }: Rules): string[] {
  return files
    .filter(({ path }) => !loadsApplication.includes(path))
    .flatMap(({ path, computedImports }) =>
      computedImports.map((line) => `${path}:${line} imports something computed`),
    );
}

function nodeImports(files: SourceFile[], { portable }: Rules): string[] {
  const reachedFrom = new Map([[portable, [portable]]]);
  for (const [path, chain] of reachedFrom) {
    const file = files.find((candidate) => candidate.path === path);
    for (const { specifier, kind } of file?.imports ?? []) {
      if (!file || kind !== "static" || !isRelative(specifier)) continue;
      const target = resolve(file, specifier);
      if (!reachedFrom.has(target)) reachedFrom.set(target, [...chain, target]);
    }
  }
  return eachImport(files, (file, { specifier, kind }) => {
    const chain = reachedFrom.get(file.path);
    if (!chain || kind !== "static" || !isBuiltin(specifier)) return undefined;
    return `imports ${specifier}, which a browser does not have; loaded by ${chain.join(" > ")}`;
  });
}

function barrels(files: SourceFile[], { barrels }: Rules): string[] {
  const misplaced = files.flatMap(({ path, barrelLine }) =>
    barrelLine && !barrels.includes(path)
      ? `${path}:${barrelLine} is a barrel; only a subpath's index is one`
      : [],
  );
  const unnamed = eachImport(files, (_, { exportsAll, specifier }) =>
    exportsAll ? `export * from ${specifier} does not name what it exports` : undefined,
  );
  return [...misplaced, ...unnamed];
}

/** Circles of imports that exist when the program runs, each once. */
function cycles(files: SourceFile[]): string[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const done = new Set<string>();
  const found: string[] = [];

  function visit(file: SourceFile, chain: string[]): void {
    for (const { specifier, kind, line } of file.imports) {
      if (kind === "type" || !isRelative(specifier)) continue;
      const target = resolve(file, specifier);
      const start = chain.indexOf(target);
      if (start >= 0) {
        found.push(`${file.path}:${line} closes a circle: ${[...chain.slice(start), target].join(" > ")}`);
      } else if (!done.has(target)) {
        const next = byPath.get(target);
        if (next) visit(next, [...chain, target]);
      }
    }
    done.add(file.path);
  }

  for (const file of files) if (!done.has(file.path)) visit(file, [file.path]);
  return found;
}

function eachImport(
  files: SourceFile[],
  judge: (file: SourceFile, found: Import) => string | undefined,
): string[] {
  return files.flatMap((file) =>
    file.imports.flatMap((found) => {
      const message = judge(file, found);
      return message ? `${file.path}:${found.line} ${message}` : [];
    }),
  );
}

function isRelative(specifier: string): boolean {
  return specifier.startsWith(".");
}

function resolve(file: SourceFile, specifier: string): string {
  return posix.join(posix.dirname(file.path), specifier);
}

/** `core` of `src/core/event.ts`, `index.ts` of `src/index.ts`; what is outside `src` as it is. */
function folderOf(path: string): string {
  return path.match(/^src\/([^/]+)/)?.[1] ?? path;
}

function list(names: readonly string[]): string {
  return names.length > 0 ? names.join(", ") : "nothing";
}

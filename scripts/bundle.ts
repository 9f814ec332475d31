/** What is published and how it is bundled: the single truth are the `exports` and the `bin` of package.json. */
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { type OutputChunk, rolldown } from "rolldown";

export const root = fileURLToPath(new URL("..", import.meta.url));

export interface Manifest {
  name: string;
  version: string;
  exports: Record<string, string | ExportTarget>;
  bin: Record<string, string>;
  peerDependencies: Record<string, string>;
  devDependencies: Record<string, string>;
}

interface ExportTarget {
  "@tsmodules/source": string;
  types: string;
  default: string;
}

/** A subpath of the package: `./api` is made from `src/api/index.ts` and served from `dist/api/index.js`. */
export interface Subpath {
  name: string;
  source: string;
  types: string;
  bundle: string;
}

export function readManifest(): Manifest {
  return JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
}

export function subpaths({ exports }: Manifest = readManifest()): Subpath[] {
  return Object.entries(exports).flatMap(([name, target]) =>
    typeof target === "string"
      ? []
      : { name, source: target["@tsmodules/source"], types: target.types, bundle: target.default },
  );
}

/** A command of the package. */
export interface Command {
  name: string;
  source: string;
  bundle: string;
}

export function commands({ bin }: Manifest = readManifest()): Command[] {
  return Object.entries(bin).map(([name, bundle]) => ({
    name,
    source: bundle.replace("dist/", "src/").replace(/\.js$/, ".ts"),
    bundle,
  }));
}

/** Packages that become part of the bundle; every other one stays an import. */
const bundledPackages = ["pluralize"];

/**
 * Bundles every subpath and every command, or those given, into a folder: ESM, shared chunks, source maps, not minified
 * because people read stack traces.
 *
 * @param folder - Where `./dist` of the manifest is to be.
 */
export async function bundle(
  folder: string,
  entries: { source: string; bundle: string }[] = [...subpaths(), ...commands()],
): Promise<void> {
  const build = await rolldown({
    cwd: root,
    input: Object.fromEntries(entries.map((entry) => [nameInDist(entry), join(root, entry.source)])),
    platform: "neutral",
    resolve: { mainFields: ["main"] },
    external: (id) => /^[^./]/.test(id) && !bundledPackages.includes(id),
  });
  const { output } = await build.write({
    dir: folder,
    cleanDir: true,
    format: "esm",
    sourcemap: true,
    entryFileNames: "[name].js",
    chunkFileNames: "shared/[name].js",
  });
  await build.close();
  writeFileSync(join(folder, "THIRD-PARTY.txt"), licences(output.filter(isChunk)));
}

function nameInDist({ bundle }: { bundle: string }): string {
  return relative("dist", bundle).replace(/\.js$/, "");
}

function isChunk(output: { type: string }): output is OutputChunk {
  return output.type === "chunk";
}

/** The licences of the packages that the chunks contain. */
function licences(chunks: OutputChunk[]): string {
  const modules = chunks.flatMap((chunk) => chunk.moduleIds);
  const folders = new Set(modules.filter((id) => id.includes("/node_modules/")).map((id) => dirname(id)));
  return [...folders].map(licence).join("\n");
}

function licence(folder: string): string {
  const { name, version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return `${name} ${version}\n\n${readFileSync(join(folder, "LICENSE"), "utf8")}`;
}

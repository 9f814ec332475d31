/** Builds `dist`: `npm run build`. */
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync } from "node:fs";
import { join } from "node:path";
import { bundle, commands, root, subpaths } from "./bundle.ts";

await bundle(join(root, "dist"));
for (const command of commands()) chmodSync(join(root, command.bundle), 0o755);

const { status } = spawnSync("tsc", ["-p", "tsconfig.build.json"], { cwd: root, stdio: "inherit" });
if (status !== 0) process.exit(1);

const missing = subpaths()
  .flatMap(({ types, bundle }) => [types, bundle])
  .filter((file) => !existsSync(join(root, file)));
if (missing.length > 0) {
  console.error(`package.json exports files that the build does not make: ${missing.join(", ")}`);
  process.exit(1);
}

/**
 * Makes `postgresql.json` and `sqlite.json` of the schemas, for `client.ts`: what `prisma generate` puts into the
 * client, without its types.
 *
 *     node db/prisma/generate.ts
 *
 * To be run when a schema or the version of @prisma/client changes. The command `prisma` is no dependency, as its
 * engines are downloaded when it is installed; generating needs none of them.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import manifest from "../../package.json" with { type: "json" };

const folder = fileURLToPath(new URL(".", import.meta.url));
const workshop = mkdtempSync(join(tmpdir(), "bench-prisma-"));
try {
  const version = manifest.dependencies["@prisma/client"];
  const run = (command: string, ...flags: string[]) =>
    execFileSync(command, flags, {
      cwd: workshop,
      stdio: "inherit",
      // Any file that exists keeps it from downloading an engine that it does not use here.
      env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: "1" },
    });
  run("npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", `prisma@${version}`);
  for (const provider of ["postgresql", "sqlite"]) {
    const schema = readFileSync(join(folder, `${provider}.prisma`), "utf8");
    writeFileSync(join(workshop, "schema.prisma"), schema);
    run("node", "node_modules/prisma/build/index.js", "generate", "--schema=schema.prisma");
    const config = configIn(readFileSync(join(workshop, "generated/internal/class.ts"), "utf8"));
    writeFileSync(join(folder, `${provider}.json`), `${JSON.stringify(config, null, 2)}\n`);
  }
} finally {
  rmSync(workshop, { recursive: true });
}
console.log("Format them with `npm run format` in the root.");

/** The values given to `runtime.getPrismaClient` in a generated class. */
function configIn(code: string): object {
  const literal = (pattern: RegExp) => {
    const found = pattern.exec(code)?.[1];
    if (found === undefined) throw new Error(`the generated client has no ${pattern}`);
    return JSON.parse(found) as string;
  };
  const string = `("(?:[^"\\\\]|\\\\.)*")`;
  return {
    clientVersion: literal(new RegExp(`"clientVersion": ${string}`)),
    engineVersion: literal(new RegExp(`"engineVersion": ${string}`)),
    inlineSchema: literal(new RegExp(`"inlineSchema": ${string}`)),
    runtimeDataModel: JSON.parse(literal(new RegExp(`runtimeDataModel = JSON\\.parse\\(${string}\\)`))),
    parameterizationSchema: {
      strings: JSON.parse(literal(new RegExp(`strings: JSON\\.parse\\(${string}\\)`))),
      graph: literal(new RegExp(`graph: ${string}`)),
    },
  };
}

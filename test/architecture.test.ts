import { globSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readManifest, subpaths } from "../scripts/bundle.ts";
import { type Rules, violations } from "./architecture/rules.ts";
import { readSourceFile } from "./architecture/source-file.ts";

const rules: Rules = {
  mayImport: {
    core: [],
    resilience: ["core"],
    tracing: ["core"],
    host: ["core", "resilience", "tracing"],
    "index.ts": ["core", "host"],
    health: ["core", "host"],
    api: ["core", "tracing", "host", "health"],
    client: ["core", "resilience", "tracing"],
    db: ["core", "resilience"],
    nats: ["core", "resilience"],
    testing: ["core", "resilience", "tracing", "host"],
  },
  selfContained: ["core", "resilience", "tracing", "host", "index.ts"],
  lazyPeers: {
    "src/host/workers.ts": "piscina",
    "src/core/opentelemetry.ts": "@opentelemetry/api",
    "src/host/opentelemetry-metrics.ts": "@opentelemetry/api",
    "src/tracing/native-span.ts": "@opentelemetry/api",
    "src/tracing/opentelemetry-exporter.ts": "@opentelemetry/api",
    "src/tracing/span.ts": "@opentelemetry/api",
  },
  loadsApplication: [
    "src/api/discover-events.ts",
    "src/db/cli/config-file.ts",
    "src/db/migrations/migration-folder.ts",
  ],
  barrels: subpaths().map(({ source }) => source.replace("./", "")),
  portable: "src/index.ts",
  packageName: readManifest().name,
};

it("src keeps to the rules", () => {
  const files = globSync("src/**/*.ts").map((path) => readSourceFile(path));
  expect(files.length).toBeGreaterThan(0);
  expect(violations(files, rules)).toEqual([]);
});

describe("the rules", () => {
  it.each<{ why: string; files: Record<string, string>; found: string[] }>([
    {
      why: "core imports another folder",
      files: { "src/core/a.ts": 'export const a = 1;\nimport { b } from "../host/b.ts";' },
      found: ["src/core/a.ts:2 core imports host (../host/b.ts); it may import nothing"],
    },
    {
      why: "a type counts as an import, however it is written",
      files: {
        "src/db/a.ts":
          'import type { A } from "../nats/a.ts";\nexport const a = (b: import("../host/b.ts").B) => b;',
      },
      found: [
        "src/db/a.ts:1 db imports nats (../nats/a.ts); it may import core, resilience",
        "src/db/a.ts:2 db imports host (../host/b.ts); it may import core, resilience",
      ],
    },
    {
      why: "so do re-exports and dynamic imports",
      files: {
        "src/client/a.ts":
          'export const a = 1;\nexport { b } from "../api/b.ts";\n\nexport const c = () => import("../db/c.ts");',
      },
      found: [
        "src/client/a.ts:2 client imports api (../api/b.ts); it may import core, resilience, tracing",
        "src/client/a.ts:4 client imports db (../db/c.ts); it may import core, resilience, tracing",
      ],
    },
    {
      why: "src/index.ts names what core and host export",
      files: { "src/index.ts": 'export { retry } from "./resilience/retry.ts";' },
      found: ["src/index.ts:1 index.ts imports resilience (./resilience/retry.ts); it may import core, host"],
    },
    {
      why: "only tests import testing",
      files: {
        "src/api/a.test.ts": 'import { FakeClock } from "../testing/fake-clock.ts";',
        "src/api/a.ts": 'import { FakeClock } from "../testing/fake-clock.ts";',
      },
      found: [
        "src/api/a.ts:1 api imports testing (../testing/fake-clock.ts); it may import core, tracing, host, health",
      ],
    },
    {
      why: "a folder that nobody planned",
      files: { "src/utils/a.ts": "export const a = 1;", "src/utils/b.ts": "export const b = 1;" },
      found: ["src/utils is not in the table of who may import whom"],
    },
    {
      why: "what is outside src",
      files: { "src/core/a.ts": 'import { b } from "../../test/b.ts";' },
      found: ["src/core/a.ts:1 core imports test/b.ts (../../test/b.ts); it may import nothing"],
    },
    {
      why: "core and host need no package",
      files: {
        "src/core/a.ts": 'import { z } from "zod";\nimport type { A } from "arktype";',
        "src/host/a.ts": 'export const load = () => import("piscina");',
        "src/host/b.ts":
          'export const load = () => import("node:os");\nimport type { Stats } from "node:fs";',
      },
      found: [
        "src/core/a.ts:1 core imports zod; it may import no package",
        "src/core/a.ts:2 core imports arktype; it may import no package",
        "src/host/a.ts:1 host imports piscina; it may import no package",
        "src/host/b.ts:1 host imports node:os; it may import no package",
      ],
    },
    {
      why: "an optional peer is loaded late, by one file",
      files: {
        "src/host/workers.ts":
          'import type { Piscina } from "piscina";\nexport const load = () => import("piscina");\nimport "piscina";',
      },
      found: ["src/host/workers.ts:3 host imports piscina; it may import no package"],
    },
    {
      why: "what is imported is written there, unless the application names it",
      files: {
        "src/api/a.ts": "export const load = (path: string) => import(path);",
        "src/api/discover-events.ts": "export const load = (path: string) => import(path);",
      },
      found: ["src/api/a.ts:1 imports something computed"],
    },
    {
      why: "the package is no way around the table",
      files: { "src/api/a.ts": 'import { defineModel } from "tsmodules/db";' },
      found: ["src/api/a.ts:1 imports its own package by name (tsmodules/db)"],
    },
    {
      why: "what src/index.ts loads has no node: import",
      files: {
        "src/index.ts": 'export { a } from "./host/a.ts";',
        "src/host/a.ts": 'import { b } from "../tracing/b.ts";\nexport const a = b;',
        "src/tracing/b.ts":
          'import { AsyncLocalStorage } from "node:async_hooks";\nimport type { Stats } from "fs";\nexport const b = new AsyncLocalStorage<Stats>();',
        "src/tracing/not-loaded.ts": 'import "node:fs";',
      },
      found: [
        "src/tracing/b.ts:1 tracing imports node:async_hooks; it may import no package",
        "src/tracing/not-loaded.ts:1 tracing imports node:fs; it may import no package",
        "src/tracing/b.ts:1 imports node:async_hooks, which a browser does not have; loaded by src/index.ts > src/host/a.ts > src/tracing/b.ts",
      ],
    },
    {
      why: "an index that is no subpath's is a barrel, and so is any other file of re-exports",
      files: {
        "src/api/auth/index.ts": 'import { b } from "./b.ts";\nexport { b };',
        "src/api/index.ts": 'export { a } from "./a.ts";',
        "src/api/more.ts": 'export type { A } from "./a.ts";',
      },
      found: [
        "src/api/auth/index.ts:2 is a barrel; only a subpath's index is one",
        "src/api/more.ts:1 is a barrel; only a subpath's index is one",
      ],
    },
    {
      why: "an index names each export",
      files: { "src/api/index.ts": 'export * from "./a.ts";\nexport * as b from "./b.ts";' },
      found: ["src/api/index.ts:1 export * from ./a.ts does not name what it exports"],
    },
    {
      why: "files that need each other, but for types",
      files: {
        "src/core/a.ts": 'import { b } from "./b.ts";\nexport const a = b;',
        "src/core/b.ts": 'import type { A } from "./a.ts";\nimport { c } from "./c.ts";\nexport const b = c;',
        "src/core/c.ts": 'import { type B } from "./b.ts";\nexport const c = 1;',
      },
      found: ["src/core/c.ts:1 closes a circle: src/core/b.ts > src/core/c.ts > src/core/b.ts"],
    },
  ])("find $why", ({ files, found }) => {
    const sources = Object.entries(files).map(([path, text]) => readSourceFile(path, text));
    expect(violations(sources, { ...rules, barrels: ["src/index.ts", "src/api/index.ts"] })).toEqual(found);
  });
});

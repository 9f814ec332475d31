/**
 * Checks what would be published: packs it, lints the tarball and uses it in an empty project outside this folder.
 * `npm run check:package` builds first.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readManifest, root, subpaths } from "./bundle.ts";

/** Bytes of the tarball without sources and source maps, compressed. */
const sizeLimit = 300_000;

const program = `
import { defineEvent, defineModule, ModuleHost } from "tsmodules";
import { z } from "zod";

class Greet extends defineEvent("check.greet", {
  input: z.object({ name: z.string() }),
  output: z.object({ message: z.string() }),
}) {}
const greeter = defineModule({ name: "greeter", version: "1.0.0", description: "Greets" }, (module) => {
  module.handle(Greet, ({ input }) => ({ message: \`Hello, \${input.name}!\` }));
});
const host = new ModuleHost().register(greeter);
const { message } = await host.send(new Greet({ name: "Alice" }));
console.log(message);
await host.close();
`;

/** What somebody is told who uses what needs a peer, and did not install it. */
const programWithoutPeer = `
import { defineEvent, defineModule, ModuleHost } from "tsmodules";

class Work extends defineEvent("check.work") {}
const worker = defineModule({ name: "worker" }, (module) => {
  module.handleInWorker(Work, new URL("./work.mjs", import.meta.url));
});
const host = new ModuleHost({ logLevel: "silent" }).register(worker);
await host.send(new Work()).catch(({ cause }) => console.log(cause.message));
`;

/** What `tsmodules-db` is told of an application. */
const databaseConfig = `
import { Database, defineModel, p, uuid } from "tsmodules/db";

const User = defineModel("users", { ...uuid(), name: p.string() });
export default new Database({ url: "sqlite:check.db", models: [User] });
`;

const typedProgram = `${program}
const text: string = message;
// @ts-expect-error the types are not any
const number: number = message;
void [text, number];
`;

const compilerOptions = { target: "es2024", strict: true, skipLibCheck: false, noEmit: true };
const bundledProgram = {
  compilerOptions: {
    ...compilerOptions,
    module: "esnext",
    moduleResolution: "bundler",
    lib: ["es2024", "dom"],
    types: [],
  },
  files: ["program.ts"],
};
const nodeProgram = {
  compilerOptions: { ...compilerOptions, module: "nodenext", lib: ["es2024"], types: ["node"] },
  files: ["program.ts", "subpaths.ts"],
};

const manifest = readManifest();
const workspace = mkdtempSync(join(tmpdir(), `${manifest.name}-package-`));
const project = join(workspace, "project");

try {
  const tarball = step("npm pack", pack);
  step("publint", () => show("publint", ["--strict", tarball]));
  step("attw: are the types wrong?", () => show("attw", [tarball, "--profile", "esm-only", "--no-summary"]));
  step("size", () => checkSize(tarball));
  createProject();
  step("install in an empty project, with zod alone", () => install([tarball, pinned("zod")]));
  step("a JavaScript program", () => expectOutput("program.mjs", program, "Hello, Alice!"));
  step("a TypeScript program, types stripped by Node", () =>
    expectOutput("program.ts", typedProgram, "Hello, Alice!"),
  );
  step("its types, for a bundler and the DOM", () => checkTypes(bundledProgram));
  step("what is said when a peer is missing", () =>
    expectOutput(
      "peer.mjs",
      programWithoutPeer,
      "handleInWorker needs the package piscina: npm install piscina",
    ),
  );
  step("the command says what it can, without peers", () =>
    expectCommand(["--help"], /^Usage: tsmodules-db/),
  );
  step("install the peers", () =>
    install([...Object.keys(manifest.peerDependencies), "@types/node"].map(pinned)),
  );
  step("a program that imports every subpath", () => expectOutput("subpaths.ts", everySubpath(), "imported"));
  step("the types of every subpath, for Node", () => checkTypes(nodeProgram));
  step("the command, with its configuration in TypeScript", () => {
    writeFileSync(join(project, "tsmodules-db.config.ts"), databaseConfig);
    expectCommand(["create", "Add users"], /^wrote migrations\/\d{14}-add-users\.ts/);
    expectCommand(["up"], /^ran \d{14}-add-users$/);
    expectCommand(["status"], /^executed +\d{14}-add-users/);
    expectCommand(["down"], /^undid \d{14}-add-users$/);
  });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  rmSync(workspace, { recursive: true });
}

function step<T>(title: string, act: () => T): T {
  console.log(`\n── ${title}`);
  return act();
}

/** The path of the tarball. */
function pack(): string {
  const name = run("npm", ["pack", "--silent", "--pack-destination", workspace], root).trim();
  console.log(name);
  return join(workspace, name);
}

function checkSize(tarball: string): void {
  run("tar", ["-xzf", tarball], workspace);
  run("tar", ["-czf", "lean.tgz", "--exclude=package/src", "--exclude=*.map", "package"], workspace);
  const lean = statSync(join(workspace, "lean.tgz")).size;
  console.log(`${kilobytes(statSync(tarball).size)}; without sources and maps ${kilobytes(lean)}`);
  if (lean > sizeLimit) throw new Error(`without sources and maps the limit is ${kilobytes(sizeLimit)}`);
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} kB`;
}

function createProject(): void {
  mkdirSync(project);
  writeFileSync(join(project, "package.json"), `{ "private": true, "type": "module" }`);
}

function install(packages: string[]): void {
  console.log(packages.join("\n"));
  run("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", ...packages], project);
}

/** The version that this repository is tested with. */
function pinned(name: string): string {
  return `${name}@${manifest.devDependencies[name]}`;
}

function expectOutput(file: string, source: string, expected: string): void {
  writeFileSync(join(project, file), source);
  const printed = run("node", [file], project).trim();
  console.log(`node ${file}: ${printed}`);
  if (printed !== expected) throw new Error(`expected ${file} to print: ${expected}`);
}

function expectCommand(args: string[], expected: RegExp): void {
  const printed = run("npx", ["--no-install", "tsmodules-db", ...args], project).trim();
  console.log(`tsmodules-db ${args.join(" ")}: ${printed}`);
  if (!expected.test(printed)) throw new Error(`expected it to print: ${expected}`);
}

function checkTypes(config: { files: string[] }): void {
  writeFileSync(join(project, "tsconfig.json"), JSON.stringify(config));
  run("tsc", ["-p", "."], project);
  console.log(`tsc: ${config.files.join(" and ")} without errors`);
}

function everySubpath(): string {
  const specifiers = subpaths().map(({ name }) => name.replace(".", manifest.name));
  const imports = specifiers.map((specifier, index) => `import * as subpath${index} from "${specifier}";`);
  return `${imports.join("\n")}\nvoid [${imports.map((_, index) => `subpath${index}`)}];\nconsole.log("imported");\n`;
}

/** Runs a command and shows what it prints. */
function show(command: string, args: string[]): void {
  const { status } = spawnSync(command, args, { cwd: workspace, stdio: "inherit" });
  if (status !== 0) throw new Error(`${command} failed`);
}

/** Runs a command and gives what it prints. */
function run(command: string, args: string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed:\n${stdout}${stderr}`);
  return stdout;
}

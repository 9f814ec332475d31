/**
 * Installs a folder's dependencies when they are missing or not those of its package-lock.json; silent when all is well.
 *
 *     node scripts/ensure-installed.mjs [folder]
 *
 * Plain JavaScript for any Node from 18: it runs before the project's own Node, a devDependency, is there.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";

const folder = resolve(process.argv[2] ?? ".");
const shownFolder = relative(process.cwd(), folder) || "this folder";

const reason = reasonToInstall();
if (reason) {
  console.log(`Installing the dependencies of ${shownFolder}: ${reason}.`);
  install();
  console.log("Dependencies are installed.");
}

/** What is wrong with node_modules, or undefined. */
function reasonToInstall() {
  const wanted = readLock(join(folder, "package-lock.json"));
  if (!wanted) fail(`${join(folder, "package-lock.json")} is missing or unreadable.`);
  const installed = readLock(join(folder, "node_modules", ".package-lock.json"));
  if (!installed) return "node_modules is missing or incomplete";
  for (const [path, { version, integrity, optional }] of Object.entries(wanted)) {
    if (path === "") continue;
    const found = installed[path];
    if (!found && optional) continue; // made for another platform
    if (found?.version !== version || found?.integrity !== integrity) {
      return `${path} is not the one of package-lock.json`;
    }
  }
  if (nodeIsMissing(wanted)) return "the project's own Node is missing";
  return undefined;
}

/** The lock file's packages by path; npm writes the same form into node_modules after a complete install. */
function readLock(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8")).packages;
  } catch {
    return undefined;
  }
}

/** The `node` package puts its binary in place by an install script, which npm may have been told not to run. */
function nodeIsMissing(wanted) {
  return (
    "node_modules/node" in wanted && !existsSync(join(folder, "node_modules", "node", "bin", nodeBinary()))
  );
}

function nodeBinary() {
  return process.platform === "win32" ? "node.exe" : "node";
}

/** Not `npm ci`, which refuses a lock file that lacks a binary for some other platform. This leaves the lock file as it is. */
function install() {
  const flags = [
    ...["install", "--no-save", "--prefix", folder, "--include=dev", "--ignore-scripts=false"],
    ...["--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000"], // who is offline is told so in seconds
    ...["--engine-strict=false", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"],
  ];
  const { npm_execpath: npm, npm_node_execpath: node = process.execPath } = process.env;
  const { status, signal, error } = npm
    ? spawnSync(node, [npm, ...flags], { cwd: folder, stdio: "inherit" })
    : spawnSync("npm", flags, { cwd: folder, stdio: "inherit", shell: process.platform === "win32" });
  if (status !== 0) {
    const how = error?.message ?? (signal ? `ended by ${signal}` : `exit code ${status}`);
    fail(`npm install failed (${how}); what npm said is above. It needs the npm registry: are you offline?`);
  }
  if (nodeIsMissing(readLock(join(folder, "package-lock.json")))) {
    fail(
      "npm did not run the install script of the `node` package, which brings the Node that this project runs on.",
    );
  }
}

function fail(message) {
  console.error(`Cannot install the dependencies of ${shownFolder}: ${message}`);
  process.exit(1);
}

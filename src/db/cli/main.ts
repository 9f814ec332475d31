#!/usr/bin/env node
/** The command `tsmodules-db`. Exits with 0 if all went well, 1 if something failed, 2 if it was not understood. */
import { readCommandLine, USAGE, UsageError } from "./command-line.ts";
import { runCommand } from "./commands.ts";
import { readConfig } from "./config-file.ts";
import { refuseOldNode } from "./node-version.ts";

const code = await main(process.argv.slice(2));
// Whatever else the application's module began does not keep the command from ending.
process.stdout.write("", () => process.exit(code));

async function main(args: readonly string[]): Promise<number> {
  try {
    refuseOldNode();
    const request = readCommandLine(args);
    if (request.command === "help") {
      process.stdout.write(USAGE);
      return 0;
    }
    const lines = await runCommand(request, await readConfig(request.config));
    process.stdout.write(`${lines.join("\n")}\n`);
    return 0;
  } catch (error) {
    process.stderr.write(`tsmodules-db: ${problemOf(error)}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}

/** Without a stack where the message says it all: our errors have a code, by which a copy of the package is known too. */
function problemOf(error: unknown): string {
  if (error instanceof UsageError) return `${error.message}; see tsmodules-db --help`;
  if (error instanceof Error && typeof (error as { code?: unknown }).code === "string") return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

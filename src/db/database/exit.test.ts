import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { onEveryDatabase } from "../../../test/databases.ts";

const run = promisify(execFile);

onEveryDatabase("a script", ({ name, makeUrl }) => {
  const script = join(import.meta.dirname, "../../../test/db/ends-by-itself.ts");
  const connected = name === "PostgreSQL" ? [] : ([["forgets to disconnect", ["forget"]]] as const);

  it.for<readonly [string, readonly string[]]>([["disconnects", []], ...connected])(
    "that %s ends by itself and without a word of warning",
    { timeout: 30_000 },
    async ([, args]) => {
      const url = await makeUrl();
      const options = { timeout: 20_000, killSignal: "SIGKILL" } as const;
      const command = ["--conditions=@tsmodules/source", "--trace-warnings", script, url, ...args];
      expect(await run(process.execPath, command, options)).toEqual({ stdout: "done\n", stderr: "" });
    },
  );
});

import { execFileSync } from "node:child_process";
import { existsSync, globSync } from "node:fs";
import { delimiter, join } from "node:path";

/** As whom a program runs. */
export interface Identity {
  readonly uid: number;
  readonly gid: number;
}

/** The folder of PostgreSQL's server programs: the newest of Debian's, else one of the PATH's; undefined without. */
export function findServerPrograms(): string | undefined {
  const debian = globSync("/usr/lib/postgresql/*/bin").sort(byVersion).reverse();
  const path = (process.env.PATH ?? "").split(delimiter);
  return [...debian, ...path].find((folder) =>
    ["initdb", "postgres"].every((program) => existsSync(join(folder, program))),
  );
}

/** PostgreSQL refuses to run as root, who lends it the user that its package makes. Others run it as themselves. */
export function serverIdentity(): Identity | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}

function byVersion(one: string, other: string): number {
  return one.localeCompare(other, "en", { numeric: true });
}

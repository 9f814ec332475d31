import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import type { GeneratedEvent, Group, Program } from "./program.ts";
import { shape } from "./shapes.ts";

const root = join(import.meta.dirname, "../..");
const eventsPerGroup = 20;

export interface Application {
  program: Program;
  events: number;
  /** One event in five declares an error and throws it. */
  errors: boolean;
  /** A declaration file that stands for the built `tsmodules`. */
  types?: string | undefined;
}

/** Writes the application and returns its folder. */
export function generate({ program, events, errors, types }: Application): string {
  const folder = join(
    import.meta.dirname,
    ".generated",
    `${program.name.toLowerCase()}${errors ? "-errors" : ""}-${events}`,
  );
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const files = {
    ...program.files(groups(events, errors)),
    "package.json": JSON.stringify({ type: "module" }),
    "tsconfig.json": JSON.stringify(tsconfig(folder, types), null, 2),
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

function groups(events: number, errors: boolean): Group[] {
  return Array.from({ length: Math.ceil(events / eventsPerGroup) }, (_, index) => {
    const first = index * eventsPerGroup;
    const length = Math.min(eventsPerGroup, events - first);
    return { index, events: Array.from({ length }, (_, i) => event(first + i, errors)) };
  });
}

function event(index: number, errors: boolean): GeneratedEvent {
  return { index, input: shape(index), output: shape(index + 3), fails: errors && index % 5 === 0 };
}

/** The project's own flags, but with packages as their users see them: built. */
function tsconfig(folder: string, types: string | undefined) {
  return {
    extends: relative(folder, join(root, "tsconfig.json")),
    compilerOptions: {
      customConditions: [],
      ...(types !== undefined && { paths: { tsmodules: [resolve(types)] } }),
    },
    include: ["*.ts"],
  };
}

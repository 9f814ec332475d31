import { parseArgs } from "node:util";
import { messageOf } from "../../core/errors.ts";

export const USAGE = `Usage: tsmodules-db <command> [options]

Commands
  create [name]     write a migration that leads to the models as they are now
  up                run what was not run yet
  down              undo what was run last
  status            what was run and what was not

Options
  --config <file>   a module whose default export is a Database, or a function that gives one; it may export
                    { folder } as migrations, too [tsmodules-db.config.ts, .mts, .js or .mjs, here or in src]
  --folder <path>   where the migrations are [migrations, or what the configuration says]
  --blank           create: without statements, to be written by hand
  --to <name>       up: the last one to run; down: the last one to remain
  --steps <n>       down: how many to undo [1]
  --help            show this
`;

/** What somebody asks for. */
export type Request =
  | { readonly command: "help" }
  | (Place & { readonly command: "create"; readonly name: string | undefined; readonly blank: boolean })
  | (Place & { readonly command: "up"; readonly to: string | undefined })
  | (Place & {
      readonly command: "down";
      readonly to: string | undefined;
      readonly steps: number | undefined;
    })
  | (Place & { readonly command: "status" });

type Command = Exclude<Request["command"], "help">;

/** Where things are. */
interface Place {
  readonly config: string | undefined;
  readonly folder: string | undefined;
}

/** The command line is not understood. */
export class UsageError extends Error {}

const PLACE = ["config", "folder"];
const OPTIONS_OF: Record<Command, readonly string[]> = {
  create: [...PLACE, "blank"],
  up: [...PLACE, "to"],
  down: [...PLACE, "to", "steps"],
  status: PLACE,
};

/** @throws {UsageError} saying what is not understood. */
export function readCommandLine(args: readonly string[]): Request {
  const { values, positionals } = parsed(args);
  const [command, name, ...rest] = positionals;
  if (values.help || (command === undefined && args.length === 0)) return { command: "help" };
  if (!isCommand(command)) {
    const given = command === undefined ? "there is none" : `not ${command}`;
    throw new UsageError(`a command is one of ${Object.keys(OPTIONS_OF).join(", ")}; ${given}`);
  }
  const foreign = Object.keys(values).find((option) => !OPTIONS_OF[command].includes(option));
  if (foreign !== undefined) throw new UsageError(`${command} has no option --${foreign}`);
  const surplus = command === "create" ? rest[0] : name;
  if (surplus !== undefined) {
    const hint = command === "create" ? "; quote a name of several words" : "";
    throw new UsageError(`${command} does not take ${JSON.stringify(surplus)}${hint}`);
  }
  const { config, folder, to, blank = false } = values;
  const place = { config, folder };
  switch (command) {
    case "create":
      return { ...place, command: "create", name, blank };
    case "up":
      return { ...place, command: "up", to };
    case "down":
      return { ...place, command: "down", to, steps: readSteps(values.steps) };
    case "status":
      return { ...place, command: "status" };
  }
}

function isCommand(name: string | undefined): name is Command {
  return name !== undefined && Object.hasOwn(OPTIONS_OF, name);
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        help: { type: "boolean", short: "h" },
        config: { type: "string" },
        folder: { type: "string" },
        blank: { type: "boolean" },
        to: { type: "string" },
        steps: { type: "string" },
      },
    });
  } catch (error) {
    throw new UsageError(messageOf(error));
  }
}

function readSteps(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new UsageError(`--steps is an integer of 1 or more, not ${text}`);
  return Number(text);
}

import { relative } from "node:path";
import type { Migrations } from "../migrations/migrations.ts";
import type { Request } from "./command-line.ts";
import type { Config } from "./config-file.ts";

type Command = Exclude<Request, { command: "help" }>;

/** Runs a command and gives what it has to say, in lines. */
export async function runCommand(request: Command, { db, options }: Config): Promise<string[]> {
  const { folder } = request;
  const migrations = db.migrations({ ...options, ...(folder !== undefined && { folder }) });
  if (request.command === "create") return create(migrations, request);
  try {
    await db.connect();
    return await onDatabase(migrations, request);
  } finally {
    await db.disconnect();
  }
}

function onDatabase(
  migrations: Migrations,
  request: Exclude<Command, { command: "create" }>,
): Promise<string[]> {
  switch (request.command) {
    case "up":
      return up(migrations, request);
    case "down":
      return down(migrations, request);
    case "status":
      return status(migrations);
  }
}

async function create(
  migrations: Migrations,
  { name, blank }: Extract<Command, { command: "create" }>,
): Promise<string[]> {
  const created = await migrations.create(name, { blank });
  if (created === null) return ["nothing changed: the models are what the last migration leads to"];
  return [
    `wrote ${relative("", created.path)}: read it before you run it`,
    ...created.warnings.map((warning) => `warning: ${warning}`),
  ];
}

async function up(migrations: Migrations, { to }: Extract<Command, { command: "up" }>): Promise<string[]> {
  const names = await migrations.up(to === undefined ? {} : { to });
  return names.length === 0 ? ["nothing to run"] : names.map((name) => `ran ${name}`);
}

async function down(
  migrations: Migrations,
  { to, steps }: Extract<Command, { command: "down" }>,
): Promise<string[]> {
  const names = await migrations.down({
    ...(to !== undefined && { to }),
    ...(steps !== undefined && { steps }),
  });
  return names.length === 0 ? ["nothing to undo"] : names.map((name) => `undid ${name}`);
}

async function status(migrations: Migrations): Promise<string[]> {
  const { executed, pending, missing } = await migrations.status();
  const lines = [
    ...executed.map(({ name, at }) => {
      const note = missing.includes(name) ? ", and has no file here" : "";
      return `executed  ${name}  ${at.toISOString()}${note}`;
    }),
    ...pending.map((name) => `pending   ${name}`),
  ];
  return lines.length === 0 ? ["there are no migrations"] : lines;
}

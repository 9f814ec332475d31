import { type GeneratedEvent, type Group, lines, type Program } from "../program.ts";

type GeneratedModel = Pick<GeneratedEvent, "index">;

/** Models of 20 columns instead of events, each with a repository and five calls. */
export const models: Program = {
  name: "models",
  files: (groups) => ({
    "app.ts": app(groups),
    ...Object.fromEntries(groups.flatMap((group) => [definitions(group), calls(group)])),
  }),
};

function definitions({ index, events }: Group): [string, string] {
  return [
    `group${index}.ts`,
    lines([
      'import { defineModel, p, softDelete, timestamps, uuid, versioned } from "tsmodules/db";',
      ...events.map(model),
    ]),
  ];
}

/** Every model has a column whose name no other has. */
function model({ index }: GeneratedModel, position: number): string {
  const parent = position === 0 ? "p.uuid().nullable()" : `() => p.manyToOne(Model${index - 1}).nullable()`;
  const columns = [
    `own${index}: p.string().length(100)`,
    "email: p.string().length(255).unique()",
    "note: p.text().nullable()",
    "quantity: p.integer()",
    "total: p.bigint().default(0)",
    "price: p.decimal().precision(12).scale(2)",
    "rate: p.double().nullable()",
    "open: p.boolean().default(true)",
    "paidAt: p.datetime(3).nullable()",
    "day: p.date()",
    'status: p.enum(["open", "paid", "sent"]).default("open")',
    "tags: p.array().nullable()",
    "settings: p.json<{ theme: string; size?: number }>().nullable()",
    "secret: p.string().nullable().hidden()",
    `parent: ${parent}`,
  ];
  const mixins = ["uuid", "timestamps", "softDelete", "versioned"].map((mixin) => `...${mixin}()`);
  const properties = [...mixins, ...columns].join(", ");
  return `export const Model${index} = defineModel("models_${index}", { ${properties} });`;
}

function calls({ index, events }: Group): [string, string] {
  return [
    `calls${index}.ts`,
    lines([
      'import { type Database, Repository } from "tsmodules/db";',
      `import { ${events.map((event) => `Model${event.index}`).join(", ")} } from "./group${index}.ts";`,
      "export async function calls(db: Database): Promise<void> {",
      ...events.flatMap(callsOf),
      "}",
    ]),
  ];
}

function callsOf({ index }: GeneratedModel): string[] {
  const values = `own${index}: "A", email: "a@example.com", quantity: 1, price: "1.50", day: "2026-01-31"`;
  return [
    `  const rows${index} = new Repository(db, Model${index});`,
    `  const row${index} = await rows${index}.create({ ${values} });`,
    `  await rows${index}.getById(row${index}.id);`,
    `  await rows${index}.findMany({ own${index}: { like: "A%" }, quantity: { gt: 1 } }, { orderBy: { email: "asc" } });`,
    `  await rows${index}.update(row${index}.id, { own${index}: row${index}.email, status: "paid" });`,
    `  await rows${index}.paginate({ first: 20, where: { status: ["open", "paid"] } });`,
  ];
}

function app(groups: Group[]): string {
  const all = groups.flatMap((group) =>
    group.events.map((event) => `group${group.index}.Model${event.index}`),
  );
  return lines([
    'import { Database, defineModel, p, Repository, uuid } from "tsmodules/db";',
    ...groups.flatMap(({ index }) => [
      `import { calls as calls${index} } from "./calls${index}.ts";`,
      `import * as group${index} from "./group${index}.ts";`,
    ]),
    'const Fixed = defineModel("fixed", { ...uuid(), name: p.string() });',
    `const db = new Database({ url: "sqlite::memory:", models: [${["Fixed", ...all].join(", ")}] });`,
    'await new Repository(db, Fixed).findOne({ name: "A" });',
    ...groups.map(({ index }) => `await calls${index}(db);`),
  ]);
}

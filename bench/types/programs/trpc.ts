import { answerOf, type GeneratedEvent, type Group, lines, type Program, requestOf } from "../program.ts";

/** tRPC has no declared errors, so its handlers never throw one. */
export const trpc: Program = {
  name: "tRPC",
  files: (groups) => ({
    "trpc.ts": base,
    "app.ts": app(groups),
    ...Object.fromEntries(groups.flatMap((group) => [definitions(group), calls(group)])),
  }),
};

const base = lines([
  'import { initTRPC } from "@trpc/server";',
  "const t = initTRPC.create();",
  "export const router = t.router;",
  "export const publicProcedure = t.procedure;",
  "export const createCallerFactory = t.createCallerFactory;",
]);

function definitions({ index, events }: Group): [string, string] {
  return [
    `group${index}.ts`,
    lines([
      'import { z } from "zod";',
      'import { publicProcedure, router } from "./trpc.ts";',
      `export const group${index} = router({`,
      ...events.map(procedure),
      "});",
    ]),
  ];
}

function procedure(event: GeneratedEvent): string {
  const { index, input, output } = event;
  const handler = `async ({ input }) => (${answerOf(event)})`;
  return `  event${index}: publicProcedure.input(${input.schema}).output(${output.schema}).query(${handler}),`;
}

function calls({ index, events }: Group): [string, string] {
  return [
    `calls${index}.ts`,
    lines([
      'import type { Caller } from "./app.ts";',
      "export async function calls(caller: Caller): Promise<string[]> {",
      ...events.map(
        (event) =>
          `  const { id: id${event.index} } = await caller.group${index}.event${event.index}(${requestOf(event)});`,
      ),
      `  return [${events.map((event) => `id${event.index}`).join(", ")}];`,
      "}",
    ]),
  ];
}

function app(groups: Group[]): string {
  return lines([
    'import { z } from "zod";',
    ...groups.flatMap(({ index }) => [
      `import { calls as calls${index} } from "./calls${index}.ts";`,
      `import { group${index} } from "./group${index}.ts";`,
    ]),
    'import { createCallerFactory, publicProcedure, router } from "./trpc.ts";',
    "export const used = [publicProcedure, z];",
    `export const appRouter = router({ ${groups.map(({ index }) => `group${index}`).join(", ")} });`,
    "const caller = createCallerFactory(appRouter)({});",
    "export type Caller = typeof caller;",
    ...groups.map(({ index }) => `await calls${index}(caller);`),
  ]);
}

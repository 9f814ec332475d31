import { answerOf, type GeneratedEvent, type Group, lines, type Program, requestOf } from "../program.ts";

export const orpc: Program = {
  name: "oRPC",
  files: (groups) => ({
    "app.ts": app(groups),
    ...Object.fromEntries(groups.flatMap((group) => [definitions(group), calls(group)])),
  }),
};

function definitions({ index, events }: Group): [string, string] {
  return [
    `group${index}.ts`,
    lines([
      'import { os } from "@orpc/server";',
      'import { z } from "zod";',
      ...events.map(procedure),
      `export const router = { ${events.map((event) => `event${event.index}`).join(", ")} };`,
    ]),
  ];
}

function procedure(event: GeneratedEvent): string {
  const answer = answerOf(event);
  const errors = event.fails ? ".errors({ REFUSED: { data: z.object({ reason: z.string() }) } })" : "";
  const handler = event.fails
    ? `async ({ input, errors }) => { if (input.id === "") throw errors.REFUSED({ data: { reason: "no id" } }); return ${answer}; }`
    : `async ({ input }) => (${answer})`;
  return `export const event${event.index} = os${errors}.input(${event.input.schema}).output(${event.output.schema}).handler(${handler});`;
}

function calls({ index, events }: Group): [string, string] {
  return [
    `calls${index}.ts`,
    lines([
      'import { call } from "@orpc/server";',
      `import { router } from "./group${index}.ts";`,
      "export async function calls(): Promise<string[]> {",
      ...events.map(
        (event) =>
          `  const { id: id${event.index} } = await call(router.event${event.index}, ${requestOf(event)});`,
      ),
      `  return [${events.map((event) => `id${event.index}`).join(", ")}];`,
      "}",
    ]),
  ];
}

function app(groups: Group[]): string {
  return lines([
    'import { call, os } from "@orpc/server";',
    'import { z } from "zod";',
    ...groups.flatMap(({ index }) => [
      `import { calls as calls${index} } from "./calls${index}.ts";`,
      `import { router as group${index} } from "./group${index}.ts";`,
    ]),
    "export const used = [call, os, z];",
    `export const router = { ${groups.map(({ index }) => `group${index}`).join(", ")} };`,
    ...groups.map(({ index }) => `await calls${index}();`),
  ]);
}

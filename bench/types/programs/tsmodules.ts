import { answerOf, type GeneratedEvent, type Group, lines, type Program, requestOf } from "../program.ts";

export const tsmodules: Program = {
  name: "tsmodules",
  files: (groups) => ({
    "app.ts": app(groups),
    ...Object.fromEntries(groups.flatMap((group) => [definitions(group), calls(group)])),
  }),
};

function definitions({ index, events }: Group): [string, string] {
  return [
    `group${index}.ts`,
    lines([
      'import { defineEvent, defineModule } from "tsmodules";',
      'import { z } from "zod";',
      ...events.map(eventClass),
      ...events.map(module),
    ]),
  ];
}

function eventClass({ index, input, output, fails }: GeneratedEvent): string {
  const errors = fails ? ", errors: { REFUSED: z.object({ reason: z.string() }) }" : "";
  const definition = `{ input: ${input.schema}, output: ${output.schema}${errors} }`;
  return `export class Event${index} extends defineEvent("shop.event${index}", ${definition}) {}`;
}

function module(event: GeneratedEvent): string {
  const answer = answerOf(event);
  const handler = event.fails
    ? `async ({ input }, { fail }) => { if (input.id === "") throw fail("REFUSED", { reason: "no id" }); return ${answer}; }`
    : `async ({ input }) => (${answer})`;
  return `export const module${event.index} = defineModule({ name: "module${event.index}" }, (module) => { module.handle(Event${event.index}, ${handler}); });`;
}

function calls({ index, events }: Group): [string, string] {
  return [
    `calls${index}.ts`,
    lines([
      'import type { ModuleHost } from "tsmodules";',
      `import { ${events.map((event) => `Event${event.index}`).join(", ")} } from "./group${index}.ts";`,
      "export async function calls(host: ModuleHost): Promise<string[]> {",
      ...events.map(
        (event) =>
          `  const { id: id${event.index} } = await host.send(new Event${event.index}(${requestOf(event)}));`,
      ),
      `  return [${events.map((event) => `id${event.index}`).join(", ")}];`,
      "}",
    ]),
  ];
}

function app(groups: Group[]): string {
  return lines([
    'import { defineEvent, defineModule, ModuleHost } from "tsmodules";',
    'import { z } from "zod";',
    ...groups.flatMap(({ index }) => [
      `import { calls as calls${index} } from "./calls${index}.ts";`,
      `import * as group${index} from "./group${index}.ts";`,
    ]),
    "export const used = [defineEvent, defineModule, z];",
    "export const host = new ModuleHost();",
    ...groups.flatMap((group) =>
      group.events.map((event) => `host.register(group${group.index}.module${event.index});`),
    ),
    ...groups.map(({ index }) => `await calls${index}(host);`),
  ]);
}

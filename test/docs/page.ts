/**
 * What the `ts` blocks of a page mean.
 *
 * - In order they are one program. An import that an earlier block has already is left out.
 * - A block that begins with `// file: name.ts` is a file beside it, which other blocks import as "./name.ts". If none
 *   of them mentions it, or its folder, it is a program of its own.
 * - A block fenced as `ts {ignore="reason"}` is left alone.
 * - `// → text` is a line that the program prints by console.log, all of them in order; a `…` at its end is any rest.
 *
 * In the files made from a page every line keeps its number, so that whatever fails is found by it.
 */
import { posix } from "node:path";
import { type ImportDeclaration, parseSync } from "oxc-parser";
import { type CodeBlock, codeBlocks } from "./markdown.ts";

export interface Page {
  /** From the repository's root: `docs/http.md`. */
  path: string;
  /** Without those that do not parse. */
  files: PageFile[];
  /** What keeps the page from being understood. */
  problems: string[];
}

export interface PageFile {
  name: string;
  source: string;
  /** Whether it is run; else another one imports it. */
  isProgram: boolean;
  expectations: Expectation[];
}

export interface Expectation {
  line: number;
  text: string;
}

/** The file that the blocks without a name make. */
const mainFile = "page.ts";

export function readPage(path: string, markdown: string): Page {
  const blocks = codeBlocks(markdown);
  const checked = blocks.filter(({ language, attributes }) => language === "ts" && attributes === "");
  const sources = Map.groupBy(checked, (block) => fileName(block) ?? mainFile);

  const problems = blocks.flatMap((block) => blockProblems(path, block));
  const files: PageFile[] = [];
  for (const [name, parts] of sources) {
    const { source, expectations, error } = readSource(parts);
    const isProgram =
      name === mainFile || !checked.some((block) => !parts.includes(block) && mentions(block, name));
    const misplaced = isProgram ? undefined : expectations[0];
    if (name !== mainFile && parts[1])
      problems.push(`${path}:${parts[1].line} is a second block for ${name}`);
    if (misplaced) {
      problems.push(
        `${path}:${misplaced.line} expects output in ${name}, which does not run but is imported`,
      );
    }
    if (error) problems.push(`${path}:${error}`);
    else files.push({ name, source, isProgram, expectations });
  }
  return { path, files, problems };
}

function fileName({ code }: CodeBlock): string | undefined {
  return code[0]?.match(/^\s*\/\/ file: (\S+)$/)?.[1];
}

function blockProblems(path: string, { line, language, attributes }: CodeBlock): string[] {
  if (/^(typescript|tsx|mts|javascript|js|mjs)$/.test(language)) {
    return [`${path}:${line} is fenced as ${language}, so that nobody runs it; fence it as ts`];
  }
  if (language === "ts" && attributes && !/^\{ignore="[^"]+"\}$/.test(attributes)) {
    return [`${path}:${line} is fenced with ${attributes}; only {ignore="a reason"} is known`];
  }
  return [];
}

/** Whether a string in the block is the path of the file or of a folder around it. */
function mentions(block: CodeBlock, name: string): boolean {
  const folder = posix.dirname(fileName(block) ?? mainFile);
  return [...block.code.join("\n").matchAll(/["'`](\.{1,2}\/[^"'`]*)["'`]/g)].some(([, path = ""]) => {
    const target = posix.join(folder, path);
    return target === name || (target.endsWith("/") && name.startsWith(target));
  });
}

/** The blocks as one source, each line where it stands in the page. */
function readSource(blocks: CodeBlock[]): { source: string; expectations: Expectation[]; error?: string } {
  const lines: string[] = [];
  for (const { line, code } of blocks) {
    while (lines.length < line - 1) lines.push("");
    lines.push(...code);
  }
  const text = `${lines.join("\n")}\n`;
  const lineAt = (offset: number) => text.slice(0, offset).split("\n").length;

  const { program, comments, errors } = parseSync("page.ts", text);
  const [error] = errors;
  const expectations = comments.flatMap(({ type, value, start }) => {
    const [, expected] = (type === "Line" && value.match(/^\s*→ ?(.*)$/)) || [];
    return expected === undefined ? [] : { line: lineAt(start), text: expected.trimEnd() };
  });
  if (error) {
    const at = lineAt(error.labels[0]?.start ?? 0);
    return { source: text, expectations, error: `${at} does not parse: ${error.message}` };
  }
  const imports = program.body.filter((statement) => statement.type === "ImportDeclaration");
  return { source: withoutRepeatedImports(text, imports), expectations };
}

type Specifier = ImportDeclaration["specifiers"][number];

/** Blanks what is imported a second time; of a type and the value of the same name the value stays. */
function withoutRepeatedImports(text: string, imports: ImportDeclaration[]): string {
  const kept = new Map<string, { specifier: Specifier; isType: boolean }>();
  const repeated = new Set<Specifier>();
  for (const statement of imports) {
    for (const specifier of statement.specifiers) {
      const key = `${specifier.local.name} = ${importedName(specifier)} of ${statement.source.value}`;
      const isType =
        statement.importKind === "type" || ("importKind" in specifier && specifier.importKind === "type");
      const first = kept.get(key);
      if (first) repeated.add(first.isType && !isType ? first.specifier : specifier);
      if (!first || (first.isType && !isType)) kept.set(key, { specifier, isType });
    }
  }

  let result = text;
  const blank = (start: number, end: number) => {
    result = result.slice(0, start) + result.slice(start, end).replaceAll(/[^\n]/g, " ") + result.slice(end);
  };
  for (const { specifiers, start, end } of imports) {
    const gone = specifiers.filter((specifier) => repeated.has(specifier));
    if (gone.length === specifiers.length && gone.length > 0) {
      blank(start, end);
    } else {
      for (const specifier of gone) {
        const comma = text.slice(specifier.end).match(/^\s*,/)?.[0] ?? "";
        blank(specifier.start, specifier.end + comma.length);
      }
    }
  }
  return result;
}

function importedName(specifier: Specifier): string {
  if (specifier.type === "ImportDefaultSpecifier") return "default";
  if (specifier.type === "ImportNamespaceSpecifier") return "*";
  return specifier.imported.type === "Identifier" ? specifier.imported.name : specifier.imported.value;
}

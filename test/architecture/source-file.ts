import { readFileSync } from "node:fs";
import { type Node, parseSync, type Statement, Visitor } from "oxc-parser";

/** A file of `src`, read for what it imports. */
export interface SourceFile {
  /** From the repository's root: `src/core/event.ts`. */
  path: string;
  imports: Import[];
  /** The lines where it imports what is known only when it runs. */
  computedImports: number[];
  /** The line of its first re-export, if it declares nothing of its own. */
  barrelLine: number | undefined;
}

export interface Import {
  specifier: string;
  line: number;
  /** What it means when the program runs: it loads at once, it loads later, it is gone. */
  kind: "static" | "dynamic" | "type";
  /** `export * from`, which does not say what it exports. */
  exportsAll: boolean;
}

export function readSourceFile(path: string, text = readFileSync(path, "utf8")): SourceFile {
  const { program, errors } = parseSync(path, text);
  if (errors[0]) throw new Error(`${path}: ${errors[0].message}`);

  const lineOf = ({ start }: Node) => text.slice(0, start).split("\n").length;
  const imports: Import[] = [];
  const computedImports: number[] = [];
  const add = (node: Node, source: Node, kind: Import["kind"], exportsAll = false) => {
    if (source.type !== "Literal") computedImports.push(lineOf(node));
    else imports.push({ specifier: String(source.value), line: lineOf(node), kind, exportsAll });
  };
  new Visitor({
    ImportDeclaration: (node) => add(node, node.source, node.importKind === "type" ? "type" : "static"),
    ExportAllDeclaration: (node) =>
      add(node, node.source, node.exportKind === "type" ? "type" : "static", node.exported === null),
    ExportNamedDeclaration: (node) =>
      node.source && add(node, node.source, node.exportKind === "type" ? "type" : "static"),
    ImportExpression: (node) => add(node, node.source, "dynamic"),
    TSImportType: (node) => add(node, node.source, "type"),
  }).visit(program);

  const ownStatement = program.body.find((statement) => !isImport(statement) && !isReexport(statement));
  const reexport = program.body.find(isReexport);
  return {
    path,
    imports,
    computedImports,
    barrelLine: reexport && !ownStatement ? lineOf(reexport) : undefined,
  };
}

function isImport({ type }: Statement): boolean {
  return type === "ImportDeclaration";
}

/** `export ... from "..."`, and `export { name }` of what was imported or declared elsewhere in the file. */
function isReexport(statement: Statement): boolean {
  if (statement.type === "ExportAllDeclaration") return true;
  return statement.type === "ExportNamedDeclaration" && statement.declaration === null;
}

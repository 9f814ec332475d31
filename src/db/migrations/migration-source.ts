import type { DialectName } from "../dialect.ts";
import { readable } from "./generated-sql.ts";

/** What a migration does, and what undoes it. */
export interface Statements {
  readonly up: readonly string[];
  readonly down: readonly string[];
}

/** The text of a migration's file. It says for which database it was made, and is refused by the other. */
export function migrationSource(
  { up, down }: Statements,
  dialect: DialectName,
  language: "ts" | "js",
): string {
  const [readonly, override] = language === "ts" ? ["readonly ", "override "] : ["", ""];
  return `import { Migration } from "@mikro-orm/migrations";

export default class extends Migration {
  static ${readonly}dialect = "${dialect}";

  ${override}up() {
${body(up)}  }

  ${override}down() {
${body(down)}  }
}
`;
}

function body(statements: readonly string[]): string {
  return statements
    .map((statement) => `    this.addSql(\`${escaped(readable(statement, "    "))}\`);\n`)
    .join("");
}

/** As a template string has it, which would read a carriage return as a line feed. */
function escaped(text: string): string {
  return text.replaceAll(/[`$\\]/g, "\\$&").replaceAll("\r", "\\r");
}

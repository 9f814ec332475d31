/** A string, a quoted name, or any other character. */
const TOKEN = /'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|[\s\S]/g;

function tokens(sql: string): string[] {
  return sql.match(TOKEN) ?? [];
}

/** The statements that a schema generator made, each of which ends with a semicolon at the end of a line. */
export function statementsOf(sql: string): string[] {
  const statements = [""];
  const all = tokens(sql);
  all.forEach((token, index) => {
    const ends = token === ";" && (all[index + 1] ?? "\n") === "\n";
    if (ends) statements.push("");
    else statements[statements.length - 1] += token;
  });
  return statements.map((statement) => statement.trim()).filter((statement) => statement !== "");
}

/**
 * A statement as people read it: names quoted as the standard has it, and a line for each column of a new table.
 *
 * @param indent - What its lines but the first begin with.
 */
export function readable(statement: string, indent = ""): string {
  const isTable = /^create table\b/i.test(statement);
  let depth = 0;
  let text = "";
  for (const token of tokens(statement)) {
    if (token === ")" && --depth === 0 && isTable) text += `\n${indent}`;
    if (token !== " " || !text.endsWith("  ")) text += token.startsWith("`") ? doubleQuoted(token) : token;
    if (token === "(") depth++;
    if (isTable && depth === 1 && (token === "(" || token === ",")) text += `\n${indent}  `;
  }
  return text;
}

/** SQLite takes backticks as well, which a template string would have to escape. */
function doubleQuoted(name: string): string {
  return `"${name.slice(1, -1).replaceAll("``", "`").replaceAll('"', '""')}"`;
}

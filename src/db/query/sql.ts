import { DatabaseError } from "../errors.ts";
import type { AnyModel } from "../model/row.ts";
import type { StatementWriter } from "./statement-writer.ts";

/** A statement, or a part of one, with its values apart from its text. */
export class Sql {
  /** @internal */
  readonly parts: readonly string[];
  /** @internal What stands between the parts. */
  readonly values: readonly unknown[];

  /** @internal */
  constructor(parts: readonly string[], values: readonly unknown[]) {
    this.parts = parts;
    this.values = values;
  }
}

/**
 * A statement in the words of the database. Values are bound, never written into it: texts, numbers, bigints, booleans,
 * dates, bytes and null. A list stands for its values with commas between them, another `sql` for itself, and a model
 * for its table.
 *
 * @example
 * const rows = await db.query<{ n: number }>(sql`select count(*) as n from ${User} where name in (${names})`);
 */
export function sql(parts: TemplateStringsArray, ...values: readonly unknown[]): Sql {
  return new Sql(parts, values);
}

const IDENTIFIER = /^[^"\0]+$/;

/**
 * A name of a table or a column, quoted: for names that are not known when the statement is written.
 *
 * @throws {DatabaseError} if it cannot be one.
 */
export function identifier(...path: readonly string[]): Sql {
  const unfit = path.find((name) => !IDENTIFIER.test(name));
  if (path.length === 0 || unfit !== undefined) {
    throw new DatabaseError(`identifier: ${JSON.stringify(unfit ?? "")} is no name of a table or a column`);
  }
  return new Sql([path.map((name) => `"${name}"`).join(".")], []);
}

/** The text of a statement, its values bound by `writer`. */
export function renderSql(
  { parts, values }: Sql,
  writer: StatementWriter,
  tableName: (model: AnyModel) => string,
): string {
  const render = (value: unknown, index: number): string => {
    if (value instanceof Sql) return renderSql(value, writer, tableName);
    if (isModel(value)) return tableName(value);
    if (Array.isArray(value) && value.length > 0) return value.map((one) => render(one, index)).join(", ");
    const problem = problemOf(value);
    if (problem !== undefined) throw new DatabaseError(`sql: value ${index} ${problem}`);
    return writer.bind(value);
  };
  return parts.reduce((text, part, index) => text + render(values[index - 1], index) + part);
}

/** What a driver would take for something else than a value, or one driver for another than the other does. */
function problemOf(value: unknown): string | undefined {
  if (value === undefined) return "is undefined; say null for no value";
  if (Array.isArray(value)) return "is an empty list, which SQL does not know";
  if (["string", "number", "bigint", "boolean"].includes(typeof value) || value === null) return undefined;
  if (value instanceof Date || value instanceof Uint8Array) return undefined;
  return `is ${typeof value === "object" ? "an object" : `a ${typeof value}`}, which is no value of a database; JSON.stringify makes text of it`;
}

function isModel(value: unknown): value is AnyModel {
  return typeof value === "object" && value !== null && "tableName" in value && "properties" in value;
}

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
 * A statement in the words of the database. Values are bound, never written into it; another `sql` stands for itself,
 * and a model for its table.
 *
 * @example
 * const rows = await db.query<{ n: number }>(sql`select count(*) as n from ${User} where name = ${name}`);
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
  return parts.reduce((text, part, index) => {
    const value = values[index - 1];
    if (value instanceof Sql) return text + renderSql(value, writer, tableName) + part;
    if (isModel(value)) return text + tableName(value) + part;
    if (value === undefined) {
      throw new DatabaseError(`sql: value ${index} is undefined; say null for no value`);
    }
    return text + writer.bind(value) + part;
  });
}

function isModel(value: unknown): value is AnyModel {
  return typeof value === "object" && value !== null && "tableName" in value && "properties" in value;
}
